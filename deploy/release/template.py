"""Writes a release's template: template.yaml, whose function comes from a bucket instead of a build.

SAM would build the function that template.yaml names, and a function cannot have both a folder to build and a
bucket. Comment lines are left out: with them, it would be longer than CloudFormation takes without a bucket for the
template. Everything else stays as it is. Usage: python3 deploy/release/template.py VERSION < template.yaml
"""

import sys

# What stands in template.yaml exactly once, and what stands in a release's in its place.
CHANGES = {
    "      CodeUri: .\n": "      CodeUri: { Bucket: !Ref CodeBucket, Key: !If [ReleasedCode, !Sub \"s3-thumbnailer-VERSION-${Architecture}.zip\", !Ref CodeKey] }\n",
    "      BuildMethod: rust-cargolambda\n      BuildProperties: { Binary: s3-thumbnailer }\n": "",
    "\nConditions:\n": "\nConditions:\n  ReleasedCode: !Equals [!Ref CodeKey, \"\"]\n",
    "    ParameterGroups:\n": """    ParameterGroups:
      - Label: { default: Where the function's code is }
        Parameters: [CodeBucket, CodeKey]
""",
    "\nParameters:\n": """
Parameters:
  # --- Where the function's code is
  CodeBucket:
    Type: String
    Description: A bucket in this region that the release's s3-thumbnailer-VERSION-arm64.zip was copied to (or -x86_64.zip).
    AllowedPattern: "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
    ConstraintDescription: A bucket's name.
  CodeKey:
    Type: String
    # CloudFormation updates the code when this changes, so each release has a name of its own.
    Default: ""
    Description: Key of that file; empty means its name. It must be the file of the Architecture below.
""",
    "    Description: Processor architecture to run on. The code must be built for the same one.\n":
        "    Description: Processor architecture to run on. The release has a file for each.\n",
}


def released(template: str, version: str) -> str:
    for there, instead in CHANGES.items():
        if (times := template.count(there)) != 1:
            raise SystemExit(f"template.py: template.yaml has this {times} times instead of once:\n{there}")
        template = template.replace(there, instead.replace("VERSION", version))
    return "".join(line for line in template.splitlines(keepends=True) if not line.lstrip().startswith("#"))


if __name__ == "__main__":
    sys.stdout.write(released(sys.stdin.read(), sys.argv[1]))
