//! Measures what a thread allocates, so that fuzz tests can assert that hostile input does not cost much memory.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, which counts the bytes that each thread has allocated and not freed.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    static NOW: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    // A thread that is ending has no counters any more.
    let _ = NOW.try_with(|now| {
        now.set(now.get() + bytes);
        let _ = MOST.try_with(|most| most.set(most.get().max(now.get())));
    });
}

// SAFETY: passes every call on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: as for this function.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: as for this function.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: as for this function.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        // SAFETY: as for this function.
        unsafe { System.realloc(memory, layout, size) }
    }
}

/// Runs `work`, which may hold at most `limit` bytes at any time besides what this thread held before.
pub fn assert_allocates_at_most<T>(limit: usize, work: impl FnOnce() -> T) -> T {
    let before = NOW.with(Cell::get);
    MOST.with(|most| most.set(before));
    let result = work();
    let most = MOST.with(Cell::get) - before;
    assert!(most <= limit as isize, "{most} bytes were allocated at once; at most {limit} are expected");
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_that_is_held_at_once_counts() {
        assert_allocates_at_most(3000, || {
            for _ in 0..10 {
                drop(vec![1u8; 2000]);
            }
        });
        assert!(std::panic::catch_unwind(|| assert_allocates_at_most(3000, || drop(vec![1u8; 4000]))).is_err());
    }
}
