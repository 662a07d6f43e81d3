//! A substitute for `std::future::poll_fn`, which Rust 1.63 does not have.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Returns a future that calls a function each time it is polled.
pub fn poll_fn<T, F: FnMut(&mut Context<'_>) -> Poll<T>>(ask: F) -> impl Future<Output = T> {
    PollFn(ask)
}

struct PollFn<F>(F);

// The function is called through a plain reference and is never pinned.
impl<F> Unpin for PollFn<F> {}

impl<T, F: FnMut(&mut Context<'_>) -> Poll<T>> Future for PollFn<F> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        (self.get_mut().0)(cx)
    }
}
