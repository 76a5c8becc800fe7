//! Notices attempts at a write of which nobody knows whether they were carried out. The SDK tries a
//! call several times and reports only the last attempt.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_s3::config::interceptors::FinalizerInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::{BoxError, ProvideErrorMetadata};
use aws_sdk_s3::operation::delete_object::DeleteObjectError;
use aws_sdk_s3::operation::put_object::PutObjectError;

use super::error::leaves_open;
use crate::object::ObjectRef;
use crate::store::{Operation, StoreError, StoreErrorKind};

/// Whether any of the SDK's attempts at one call went without an answer that can be relied on.
#[derive(Debug, Clone, Default)]
pub(super) struct Unanswered(Arc<AtomicBool>);

impl Unanswered {
    /// The result of a write, with its earlier attempts taken into account.
    pub(super) fn settle(
        &self,
        operation: Operation,
        object: &ObjectRef,
        result: Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let source = match result {
            Err(error) if error.may_still_land() => return Err(error),
            result if !self.0.load(Ordering::Relaxed) => return result,
            result => result.err().map(Into::into),
        };
        Err(StoreError {
            operation,
            object: object.clone(),
            kind: StoreErrorKind::Unsettled,
            source,
        })
    }
}

impl Intercept for Unanswered {
    fn name(&self) -> &'static str {
        "Unanswered"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let failure = context.output_or_error().and_then(Result::err);
        let code = failure.and_then(|failure| failure.as_operation_error()).and_then(|error| {
            let put = error.downcast_ref::<PutObjectError>().and_then(ProvideErrorMetadata::code);
            let delete = error.downcast_ref::<DeleteObjectError>();
            put.or_else(|| delete.and_then(ProvideErrorMetadata::code))
        });
        let status = context.response().map(|response| response.status().as_u16());
        let answered = status.is_some_and(|status| !leaves_open(status, code));
        if !answered {
            self.0.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}
