//! The memory that may be held at once: work is admitted against a budget in bytes, and waits while
//! others hold too much of it. It counts what it is told; it measures nothing.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What one permit stands for: coarse enough for a semaphore's 32-bit counts.
const UNIT: u64 = 64 * 1024;

/// A budget that is shared by whoever holds a clone of it.
#[derive(Debug, Clone)]
pub struct MemoryBudget {
    total: u64,
    units: Arc<Semaphore>,
}

/// Memory set aside until this is dropped.
#[derive(Debug)]
pub struct Reservation {
    _units: OwnedSemaphorePermit,
}

/// Why no memory was set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BudgetError {
    /// More than the whole budget: waiting would not help.
    #[error("{needed} bytes of memory are needed, over the budget of {total}")]
    TooMuch {
        /// Bytes asked for.
        needed: u64,
        /// The whole budget, in bytes.
        total: u64,
    },
    /// The process is shutting down.
    #[error("the process is shutting down")]
    ShuttingDown,
}

impl MemoryBudget {
    /// A budget of `total` bytes.
    #[must_use]
    pub fn new(total: u64) -> Self {
        let units = u32::try_from(total / UNIT).unwrap_or(u32::MAX);
        let most = u32::try_from(Semaphore::MAX_PERMITS).unwrap_or(u32::MAX);
        let units = Arc::new(Semaphore::new(units.min(most) as usize));
        Self { total, units }
    }

    /// Sets `bytes` aside, as soon as those who asked before have theirs and enough is free.
    pub async fn reserve(&self, bytes: u64) -> Result<Reservation, BudgetError> {
        if bytes > self.total {
            return Err(BudgetError::TooMuch { needed: bytes, total: self.total });
        }
        let units = u32::try_from(bytes / UNIT).unwrap_or(u32::MAX);
        let units = Arc::clone(&self.units).acquire_many_owned(units).await;
        Ok(Reservation { _units: units.map_err(|_| BudgetError::ShuttingDown)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    const MIB: u64 = 1 << 20;

    #[tokio::test]
    async fn what_does_not_fit_beside_others_waits_until_it_does() {
        let budget = MemoryBudget::new(100 * MIB);
        let first = budget.reserve(60 * MIB).await.unwrap();
        let mut second = Box::pin(budget.reserve(60 * MIB));
        assert!(second.as_mut().now_or_never().is_none());
        drop(first);
        second.await.unwrap();
    }

    #[tokio::test]
    async fn a_small_one_does_not_overtake_a_large_one_that_waits() {
        let budget = MemoryBudget::new(100 * MIB);
        let first = budget.reserve(60 * MIB).await.unwrap();
        let mut large = Box::pin(budget.reserve(60 * MIB));
        assert!(large.as_mut().now_or_never().is_none());
        let mut small = Box::pin(budget.reserve(10 * MIB));
        assert!(small.as_mut().now_or_never().is_none());
        drop(first);
        let _large = large.await.unwrap();
        small.await.unwrap();
    }

    #[tokio::test]
    async fn what_can_never_fit_is_refused_and_the_whole_budget_is_not() {
        let budget = MemoryBudget::new(100 * MIB);
        let refused = budget.reserve(100 * MIB + 1).await.unwrap_err();
        assert_eq!(refused, BudgetError::TooMuch { needed: 100 * MIB + 1, total: 100 * MIB });
        budget.reserve(100 * MIB).await.unwrap();
    }
}
