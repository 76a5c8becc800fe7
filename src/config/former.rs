//! `FORMER_RULES`: rules that once were, in the form of `THUMBNAIL_RULES`. Only where they put
//! thumbnails matters still.

use super::rules::{self, RulesError};
use crate::object::Placement;

/// Where former rules put thumbnails; nowhere if there are none.
pub(super) fn placements(json: &str) -> Result<Vec<Placement>, RulesError> {
    if json.is_empty() {
        return Ok(Vec::new());
    }
    let rules = rules::parse(json, rules::Defaults::default())?;
    Ok(rules.into_iter().map(|(placement, _)| placement).collect())
}
