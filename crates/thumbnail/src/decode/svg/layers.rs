//! The memory that drawing an SVG file takes beside its canvas. Groups with opacity, masks, clips
//! or filters are drawn on their own layers, which can be nested, and patterns are drawn on tiles.

use resvg::usvg::{Group, Node, Paint, Path, Transform, Tree};

/// How many times the size of the canvas a layer can have.
const LARGEST_LAYER: u64 = 25;

/// The most bytes that nested layers take together.
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
        // Masks and clips are drawn while the layer exists.
        let mut beside = 0;
        if !matches!(node, Node::Path(_)) {
            node.subroots(|root| beside = beside.max(self.of_group(root)));
        }
        inside.saturating_add(beside)
    }

    /// Bytes that a group's own layer takes.
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
        // The result of each filter step is kept until the last one, and some steps take copies.
        let steps: usize = group.filters().iter().map(|filter| filter.primitives().len() + 3).sum();
        pixels.min(self.most).saturating_mul((copies + steps as u64) * 4)
    }

    /// Bytes that the tiles of a path's patterns take.
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
                // Inside a tile, it is not known where layers lie.
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
