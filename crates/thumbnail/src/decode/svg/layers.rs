//! What drawing an SVG file takes beside its canvas: groups that are faded, masked, clipped or filtered
//! are drawn on layers of their own, one above the other, and patterns on tiles.

use resvg::usvg::{Group, Node, Paint, Path, Transform, Tree};

/// How many canvases a layer can be as large as.
const LARGEST_LAYER: u64 = 25;

/// What all layers above each other take at most, in bytes.
pub(super) fn of(tree: &Tree, scale: f32, pixels: u64) -> u64 {
    Layers { scale, most: pixels.saturating_mul(LARGEST_LAYER) }.of_group(tree.root())
}

struct Layers {
    scale: f32,
    /// The most pixels of a layer.
    most: u64,
}

impl Layers {
    fn of_group(&self, group: &Group) -> u64 {
        group.children().iter().map(|node| self.of_node(node)).max().unwrap_or(0)
    }

    fn of_node(&self, node: &Node) -> u64 {
        let inside = match node {
            Node::Group(group) => self.of_layer(group).saturating_add(self.of_group(group)),
            Node::Path(path) => self.of_patterns(path),
            Node::Image(_) | Node::Text(_) => 0,
        };
        // Masks and clips are drawn while the layer is there.
        let mut beside = 0;
        if !matches!(node, Node::Path(_)) {
            node.subroots(|root| beside = beside.max(self.of_group(root)));
        }
        inside.saturating_add(beside)
    }

    /// What a group's own layer takes.
    fn of_layer(&self, group: &Group) -> u64 {
        if !group.should_isolate() {
            return 0;
        }
        let bounds = group.abs_layer_bounding_box();
        let pixels = area(bounds.width() * self.scale + 5.0, bounds.height() * self.scale + 5.0);
        let (mut copies, mut mask) = (1, group.mask());
        while let Some(outer) = mask {
            (copies, mask) = (copies + 2, outer.mask());
        }
        let mut clip = group.clip_path();
        while let Some(outer) = clip {
            (copies, clip) = (copies + 2, outer.clip_path());
        }
        // Each step of a filter is kept until the last one, and some take copies.
        let steps: usize = group.filters().iter().map(|filter| filter.primitives().len() + 3).sum();
        pixels.min(self.most).saturating_mul((copies + steps as u64) * 4)
    }

    /// What the tiles take of the patterns that a path is painted with.
    fn of_patterns(&self, path: &Path) -> u64 {
        let fill = path.fill().map(resvg::usvg::Fill::paint);
        let stroke = path.stroke().map(resvg::usvg::Stroke::paint);
        fill.into_iter()
            .chain(stroke)
            .map(|paint| {
                let Paint::Pattern(pattern) = paint else { return 0 };
                let onto = Transform::from_scale(self.scale, self.scale)
                    .pre_concat(path.abs_transform())
                    .pre_concat(pattern.transform());
                let (across, down) = onto.get_scale();
                let rect = pattern.rect();
                let pixels = area(rect.width() * across, rect.height() * down);
                let tile = Self { scale: self.scale, most: self.most.max(pixels) };
                // Within a tile, nothing is known of where layers lie.
                let layers = tile.of_group(pattern.root());
                pixels.saturating_mul(4).saturating_add(layers)
            })
            .max()
            .unwrap_or(0)
    }
}

fn area(width: f32, height: f32) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "what is no number or out of range becomes the nearest that is not"
    )]
    let [width, height] = [width.ceil() as u64, height.ceil() as u64];
    width.saturating_mul(height)
}
