//! Tests of the layout: where thumbnails go, and what is refused.

use super::*;

fn folders(names: &[Option<&str>]) -> Vec<Placement> {
    vec![Placement::in_folders(names.iter().copied())]
}

fn thumbnails(role: Role) -> Vec<ObjectRef> {
    match role {
        Role::Source { thumbnails, .. } => thumbnails,
        Role::Excluded(exclusion) => panic!("{exclusion:?}"),
    }
}

fn layout(bucket: Option<&str>, names: &[Option<&str>]) -> Layout {
    Layout::new("images/", "thumbnails/", bucket, folders(names)).unwrap()
}

#[test]
fn a_thumbnail_keeps_its_sources_path_and_extension() {
    let role = layout(None, &[None]).role(&ObjectRef::new("pictures", "images/a/b.tiff"));
    let expected = vec![ObjectRef::new("pictures", "thumbnails/a/b.tiff")];
    assert_eq!(thumbnails(role), expected);
}

#[test]
fn named_outputs_each_have_a_folder_in_the_configured_bucket() {
    let role = layout(Some("thumbs"), &[Some("small"), Some("large")])
        .role(&ObjectRef::new("pictures", "images/a.jpg"));
    let expected = vec![
        ObjectRef::new("thumbs", "thumbnails/small/a.jpg"),
        ObjectRef::new("thumbs", "thumbnails/large/a.jpg"),
    ];
    assert_eq!(thumbnails(role), expected);
}

#[test]
fn keys_that_are_not_pictures_to_look_after_are_excluded() {
    let cases = [
        ("thumbnails/a.jpg", Exclusion::OwnOutput),
        ("thumbnails/", Exclusion::OwnOutput),
        ("images/", Exclusion::FolderMarker),
        ("images/holiday/", Exclusion::FolderMarker),
        ("image", Exclusion::OutsideSourcePrefix),
        ("Images/a.jpg", Exclusion::OutsideSourcePrefix),
    ];
    for (key, exclusion) in cases {
        let role = layout(None, &[None]).role(&ObjectRef::new("pictures", key));
        assert_eq!(role, Role::Excluded(exclusion), "{key}");
    }
}

#[test]
fn a_thumbnail_is_never_a_source_even_where_another_bucket_shares_the_prefix() {
    let layout = Layout::new("a/", "a/", Some("thumbs"), folders(&[None])).unwrap();
    let own = layout.role(&ObjectRef::new("thumbs", "a/x.jpg"));
    assert_eq!(own, Role::Excluded(Exclusion::OwnOutput));
    let source = layout.role(&ObjectRef::new("pictures", "a/x.jpg"));
    assert_eq!(thumbnails(source), [ObjectRef::new("thumbs", "a/x.jpg")]);
}

#[test]
fn prefixes_that_overlap_in_one_bucket_are_refused_both_ways() {
    let cases: [(&str, &str, &[Option<&str>]); 5] = [
        ("images/", "images/thumbnails/", &[None]),
        ("images/", "images/", &[None]),
        ("thumbnails/originals/", "thumbnails/", &[None]),
        ("", "thumbnails/", &[None]),
        ("thumbnails/small/in/", "thumbnails/", &[Some("large"), Some("small")]),
    ];
    for (source, thumbnail, names) in cases {
        let refused = Layout::new(source, thumbnail, None, folders(names));
        assert!(refused.is_err(), "{source:?} {thumbnail:?}");
    }
    assert!(Layout::new("t/originals/", "t/", None, folders(&[Some("small")])).is_ok());
}

/// Four places under one prefix: two outputs of one rule, the manifest, and another rule's
/// output.
fn four_places() -> Vec<Placement> {
    vec![
        Placement {
            manifest: Some(pattern("lists/{path}")),
            ..rule(Some(&["**/*.jpg"]), &[], &["small/{path}", "large/{path}"])
        },
        rule(None, &[], &["rest/{path}"]),
    ]
}

const FOUR_PREFIXES: [&str; 4] = ["small/", "large/", "lists/", "rest/"];

#[test]
fn what_lies_under_the_prefix_of_any_output_is_never_a_source() {
    // Everything in either bucket lies under the source prefix, but not everything in the
    // thumbnails' bucket is a thumbnail.
    let layout = Layout::new("", "", Some("thumbs"), four_places()).unwrap();
    for prefix in FOUR_PREFIXES {
        for key in [format!("{prefix}x.jpg"), prefix.to_owned()] {
            let own = layout.role(&ObjectRef::new("thumbs", &key));
            assert_eq!(own, Role::Excluded(Exclusion::OwnOutput), "{key}");
        }
        let key = format!("{prefix}x.jpg");
        assert_eq!(thumbnails(layout.role(&ObjectRef::new("pictures", key))).len(), 2);
        let other = layout.role(&ObjectRef::new("thumbs", format!("other/{prefix}x.jpg")));
        assert_eq!(thumbnails(other).len(), 2, "under no output's prefix");
    }
}

#[test]
fn the_prefix_of_any_output_may_be_the_one_that_overlaps() {
    for prefix in FOUR_PREFIXES {
        for source in [format!("t/{prefix}"), format!("t/{prefix}originals/")] {
            let refused = Layout::new(&source, "t/", None, four_places()).unwrap_err();
            let output = format!("t/{prefix}");
            assert_eq!(refused, LayoutError::Overlap { source_prefix: source, output });
        }
        // Two buckets keep them apart.
        let source = format!("t/{prefix}");
        assert!(Layout::new(&source, "t/", Some("thumbs"), four_places()).is_ok());
    }
    assert!(Layout::new("t/originals/", "t/", None, four_places()).is_ok());
}

fn globs(globs: &[&str]) -> GlobSet {
    let mut set = globset::GlobSetBuilder::new();
    for glob in globs {
        set.add(globset::Glob::new(glob).unwrap());
    }
    set.build().unwrap()
}

fn pattern(text: &str) -> Pattern {
    let constants = Constants { size: "s", width: 1, height: 1, extension: None };
    Pattern::parse(text, constants).unwrap()
}

fn rule(include: Option<&[&str]>, exclude: &[&str], outputs: &[&str]) -> Placement {
    Placement {
        include: include.map(globs),
        exclude: globs(exclude),
        thumbnails: outputs.iter().map(|text| pattern(text)).collect(),
        manifest: None,
    }
}

#[test]
fn the_first_rule_that_includes_a_picture_is_its_rule() {
    let rules = vec![
        rule(Some(&["avatars/**"]), &["**/*.tmp"], &["face/{path}"]),
        rule(Some(&["**/*.jpg"]), &[], &["{path}"]),
    ];
    let layout = Layout::new("in/", "out/", None, rules);
    // The second rule could write to a key of the first.
    assert!(matches!(layout, Err(LayoutError::SharedKey { .. })), "{layout:?}");
    let rules = vec![
        rule(Some(&["avatars/**"]), &["**/*.tmp"], &["face/{path}"]),
        Placement {
            manifest: Some(pattern("lists/{path}")),
            ..rule(Some(&["**/*.jpg"]), &[], &["all/{path}"])
        },
    ];
    let layout = Layout::new("in/", "out/", None, rules).unwrap();
    let role = |key: &str| layout.role(&ObjectRef::new("b", key));
    let at = |key: &str| ObjectRef::new("b", key);
    let face =
        Role::Source { rule: 0, thumbnails: vec![at("out/face/avatars/a.jpg")], manifest: None };
    assert_eq!(role("in/avatars/a.jpg"), face);
    let all = Role::Source {
        rule: 1,
        thumbnails: vec![at("out/all/x/a.jpg")],
        manifest: Some(at("out/lists/x/a.jpg")),
    };
    assert_eq!(role("in/x/a.jpg"), all);
    assert_eq!(role("in/avatars/a.tmp"), Role::Excluded(Exclusion::NoRule));
    assert_eq!(role("in/a.png"), Role::Excluded(Exclusion::NoRule));
}

#[test]
fn two_rules_may_share_a_pattern_since_no_picture_falls_under_both() {
    let rules = || [rule(Some(&["a/**"]), &[], &["{path}"]), rule(None, &[], &["{path}"])].into();
    assert!(Layout::new("in/", "out/", None, rules()).is_ok());
    let twice = vec![rule(None, &[], &["{path}", "{path}"])];
    assert!(Layout::new("in/", "out/", None, twice).is_err());
}

#[test]
fn a_key_cannot_start_a_line_of_its_own_where_it_is_shown() {
    let shown = ObjectRef::new("b", "images/a\n{\"level\":\"ERROR\"}\r\u{1b}[31m").to_string();
    assert!(!shown.chars().any(char::is_control), "{shown}");
    assert!(shown.contains("\\n"));
}
