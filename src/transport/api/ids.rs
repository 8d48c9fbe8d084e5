//! The ids and names in an address. What is none is no address of ours.

use crate::error::Error;
use crate::transport::errors::ApiError;
use axum::extract::{FromRequestParts, Path, RawPathParams};
use http::request::Parts;

/// All ids of the address, in their order.
pub(super) struct Ids<const N: usize>(pub(super) [i64; N]);

impl<const N: usize, S: Send + Sync> FromRequestParts<S> for Ids<N> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let nowhere = || ApiError(Error::NotFound);
        let texts = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| nowhere())?;
        let ids: Option<Vec<i64>> = texts.iter().map(|(_, text)| id(text)).collect();
        let ids = ids.and_then(|ids| ids.try_into().ok());
        ids.map(Self).ok_or_else(nowhere)
    }
}

/// The one name in the address.
pub(super) struct Named(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let named = Path::from_request_parts(parts, state).await;
        named
            .map(|Path(name)| Self(name))
            .map_err(|_| ApiError(Error::NotFound))
    }
}

fn id(text: &str) -> Option<i64> {
    let is_number = text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}
