//! What is wanted: which thumbnails of which pictures, and within which limits.

use std::sync::Arc;

use crate::memory_budget::MemoryBudget;
use crate::object::Layout;
use crate::provenance::RecipeId;
use thumbnail::Recipe;

/// Which thumbnails are kept up to date, and within which limits.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Which keys are sources, and where their thumbnails go.
    pub layout: Layout,
    /// The only bucket that sources may lie in; `None` allows any.
    pub source_bucket: Option<String>,
    /// What is made of pictures by each rule, in the order of the layout's rules.
    pub rules: Vec<Rule>,
    /// The `Cache-Control` that thumbnails are served with.
    pub cache_control: String,
    /// The largest source that is read, in bytes.
    pub max_source_bytes: u64,
    /// The memory budget for the bytes of sources, all keys together.
    pub source_memory: MemoryBudget,
    /// Whether thumbnails are deleted with their source.
    pub on_source_deleted: OnSourceDeleted,
}

/// What is made of the pictures of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The thumbnails.
    pub recipe: Arc<Recipe>,
    /// The recipe's name.
    pub id: RecipeId,
    /// The outputs' names, in order; empty for an output without a name.
    pub names: Vec<String>,
}

/// What happens to thumbnails when their source is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnSourceDeleted {
    /// They are deleted too.
    Delete,
    /// They stay.
    Keep,
}
