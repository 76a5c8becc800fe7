//! Estimates, never too low, the memory that the elements of an SVG file take once every reference
//! is resolved: a few lines that refer to each other can become millions of elements.

use std::collections::HashMap;

use resvg::usvg::roxmltree::{Document, Node, NodeId};

/// Bytes that an element takes, and that each byte of its attributes takes as text, numbers and
/// paths.
const ELEMENT_BYTES: u64 = 1200;
const ATTRIBUTE_FACTOR: u64 = 12;

/// How deep elements may be nested, including references: each level takes stack.
const MAX_DEPTH: usize = 200;

const XLINK: &str = "http://www.w3.org/1999/xlink";

/// `None` if elements are nested too deep to be drawn.
pub(super) fn of(document: &Document<'_>) -> Option<u64> {
    let ids = document
        .descendants()
        .filter_map(|node| Some((node.attribute("id")?, node)))
        .collect::<HashMap<_, _>>();
    let mut scale = Scale { ids, known: HashMap::new() };
    let elements = scale.weigh(document.root_element(), 0)?;
    // Markers are drawn at every point of every line that has them.
    let markers: u64 = document
        .descendants()
        .filter(|node| node.tag_name().name() == "marker")
        .filter_map(|marker| scale.known.get(&marker.id()))
        .fold(0, |sum, &weight| sum.saturating_add(weight));
    if markers == 0 {
        return Some(elements);
    }
    let points = elements.saturating_sub(markers) / (2 * ATTRIBUTE_FACTOR);
    Some(elements.saturating_add(points.saturating_mul(markers)))
}

struct Scale<'a, 'input> {
    ids: HashMap<&'a str, Node<'a, 'input>>,
    /// The weight of elements with their content. An element that refers to itself is not drawn.
    known: HashMap<NodeId, u64>,
}

impl<'a, 'input> Scale<'a, 'input> {
    fn weigh(&mut self, node: Node<'a, 'input>, depth: usize) -> Option<u64> {
        if let Some(&weight) = self.known.get(&node.id()) {
            return Some(weight);
        }
        if depth > MAX_DEPTH {
            return None;
        }
        self.known.insert(node.id(), 0);
        let attributes: usize = node.attributes().map(|attribute| attribute.value().len()).sum();
        let text = node.text().map_or(0, str::len);
        let mut weight = ELEMENT_BYTES + (attributes + text) as u64 * ATTRIBUTE_FACTOR;
        for child in node.children().filter(Node::is_element) {
            weight = weight.saturating_add(self.weigh(child, depth + 1)?);
        }
        // What is referred to by anything but `use` is shared.
        if node.tag_name().name() == "use" {
            let target = node.attribute("href").or_else(|| node.attribute((XLINK, "href")));
            let target = target.and_then(|target| self.ids.get(target.strip_prefix('#')?).copied());
            if let Some(target) = target {
                weight = weight.saturating_add(self.weigh(target, depth + 1)?);
            }
        }
        self.known.insert(node.id(), weight);
        Some(weight)
    }
}
