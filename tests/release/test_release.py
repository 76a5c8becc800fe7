"""A release's template, its notes and its archive. Nothing is built or deployed."""

import subprocess
import sys
import tarfile
import tomllib
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "deploy/release"))

from notes import notes  # noqa: E402
from template import CHANGES, released  # noqa: E402

TEMPLATE = (ROOT / "template.yaml").read_text()


def differences(one: Any, other: Any, path: str = "") -> set[str]:
    """Where two values differ, as paths."""
    if isinstance(one, dict) and isinstance(other, dict):
        pairs = [(one.get(name), other.get(name), f"{path}.{name}".lstrip(".")) for name in {*one, *other}]
        return set().union(*(differences(*pair) for pair in pairs))
    return set() if one == other else {path}


class Template(unittest.TestCase):
    def test_only_where_the_code_comes_from_is_another(self) -> None:
        before, after = yaml_parse(TEMPLATE), yaml_parse(released(TEMPLATE, "1.2.3"))
        self.assertEqual(
            differences(before, after),
            {
                "Metadata.AWS::CloudFormation::Interface.ParameterGroups",
                "Parameters.CodeBucket",
                "Parameters.CodeKey",
                "Parameters.Architecture.Description",
                "Conditions.ReleasedCode",
                "Resources.Function.Metadata.BuildMethod",
                "Resources.Function.Metadata.BuildProperties",
                "Resources.Function.Properties.CodeUri",
            },
        )
        code = after["Resources"]["Function"]["Properties"]["CodeUri"]
        self.assertEqual(code["Bucket"], {"Ref": "CodeBucket"})
        name = {"Fn::Sub": "s3-thumbnailer-1.2.3-${Architecture}.zip"}
        self.assertEqual(code["Key"], {"Fn::If": ["ReleasedCode", name, {"Ref": "CodeKey"}]})
        self.assertEqual(after["Conditions"]["ReleasedCode"], {"Fn::Equals": [{"Ref": "CodeKey"}, ""]})
        self.assertNotIn("Default", after["Parameters"]["CodeBucket"])

    def test_it_can_be_given_to_cloudformation_as_it_is(self) -> None:
        self.assertLessEqual(len(released(TEMPLATE, "10.20.30").encode()), 51_200)

    def test_a_template_that_has_changed_too_much_is_refused(self) -> None:
        for there in CHANGES:
            for changed in (TEMPLATE.replace(there, "\n"), TEMPLATE + there):
                with self.assertRaisesRegex(SystemExit, "instead of once"):
                    released(changed, "1.2.3")


class Packed(unittest.TestCase):
    def test_the_worker_is_packed_under_its_version_with_the_licences(self) -> None:
        version = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]["version"]
        with TemporaryDirectory() as folder:
            notices, program = Path(folder, "THIRD-PARTY.txt"), Path(folder, "program")
            notices.write_text("Thanks.")
            program.write_bytes(b"a program")
            subprocess.run(["bash", ROOT / "deploy/release/worker.sh", folder, "arm64", program], check=True)
            with tarfile.open(Path(folder, f"s3-thumbnailer-worker-{version}-arm64.tar.gz")) as packed:
                self.assertEqual(packed.getnames(), ["LICENSE-APACHE", "LICENSE-MIT", "THIRD-PARTY.txt", "worker"])
                self.assertEqual(packed.extractfile("worker").read(), b"a program")


class Notes(unittest.TestCase):
    CHANGELOG = "# Changelog\n\n## [Unreleased]\n\nSoon.\n\n## [1.2.3] - 2026-11-29\n\n### Added\n\n- Tea.\n\n## [1.2.2]\n\nNo tea.\n"

    def test_they_are_what_the_changelog_says_of_the_version(self) -> None:
        self.assertEqual(notes(self.CHANGELOG, "1.2.3"), "### Added\n\n- Tea.\n")
        self.assertEqual(notes(self.CHANGELOG, "1.2.3", "v1.2.3"), "### Added\n\n- Tea.\n")
        self.assertEqual(notes(self.CHANGELOG, "1.2.4"), "Soon.\n")

    def test_a_tag_needs_its_own_section_and_version(self) -> None:
        with self.assertRaisesRegex(SystemExit, "says nothing of 1.2.4; it has Unreleased, 1.2.3, 1.2.2"):
            notes(self.CHANGELOG, "1.2.4", "v1.2.4")
        with self.assertRaisesRegex(SystemExit, "tag is v1.2.2, and Cargo.toml's version is 1.2.3"):
            notes(self.CHANGELOG, "1.2.3", "v1.2.2")


if __name__ == "__main__":
    unittest.main()
