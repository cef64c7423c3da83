//! Following one detector through a text that comes in pieces.

use super::{End, Follow, Next, Rest, Window, function, jwt, private_key};
use crate::mask::plan::Detector;

/// A hit, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mask) struct Hit {
    /// Its first byte in the window.
    pub(in crate::mask) start: usize,
    /// The byte after its last, or, while it is open, after what surely belongs to it.
    pub(in crate::mask) end: usize,
    /// Whether it may go on.
    pub(in crate::mask) extent: Extent,
    follow: Option<Follow>,
}

/// Whether the end of a hit is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mask) enum Extent {
    /// It is over.
    Closed,
    /// It may go on.
    Open,
}

/// One detector's place in a text.
#[derive(Clone)]
pub(in crate::mask) struct Finder {
    detector: Detector,
    next: fn(&Window<'_>, usize) -> Next,
    /// Up to here there is nothing beside `hit`.
    clear_to: usize,
    hit: Option<Hit>,
}

impl Finder {
    pub(in crate::mask) fn new(detector: Detector) -> Finder {
        let next = function(detector);
        Finder {
            detector,
            next,
            clear_to: 0,
            hit: None,
        }
    }

    pub(in crate::mask) fn detector(&self) -> Detector {
        self.detector
    }

    /// Back to the beginning of a text.
    pub(in crate::mask) fn restart(&mut self) {
        self.clear_to = 0;
        self.hit = None;
    }

    /// The hit that is next, known as far as the window shows it. Without one, [`Finder::clear_to`] has moved on.
    pub(in crate::mask) fn advance(&mut self, window: &Window<'_>) -> Option<Hit> {
        if self.hit.is_none() {
            match (self.next)(window, self.clear_to) {
                Next::ClearTo(to) => self.clear_to = to,
                Next::Hit(start, end) => {
                    let (end, extent, follow) = match end {
                        End::At(end) => (end, Extent::Closed, None),
                        End::Open(end, follow) => (end, Extent::Open, Some(follow)),
                    };
                    self.clear_to = start;
                    self.hit = Some(Hit {
                        start,
                        end,
                        extent,
                        follow,
                    });
                }
            }
        }
        let hit = self.hit.as_mut()?;
        if let (Extent::Open, Some(follow)) = (hit.extent, hit.follow) {
            window.starved();
            let end = match follow {
                Follow::Jwt(parts) => jwt::follow(window, hit.end, parts),
                Follow::PrivateKey => private_key::follow(window, hit.end),
            };
            match end {
                End::At(end) => (hit.end, hit.extent) = (end, Extent::Closed),
                End::Open(end, follow) => (hit.end, hit.follow) = (end, Some(follow)),
            }
            if window.rest() == Rest::None {
                hit.extent = Extent::Closed;
            }
        }
        Some(*hit)
    }

    /// No hit that was not yet returned begins before this.
    pub(in crate::mask) fn clear_to(&self) -> usize {
        self.clear_to
    }

    /// The hit was dealt with: on to what follows it.
    pub(in crate::mask) fn pass(&mut self) {
        if let Some(hit) = self.hit.take() {
            self.clear_to = hit.end;
        }
    }

    /// The first byte that must stay in the window, beside what is looked back at.
    pub(in crate::mask) fn needs_from(&self) -> usize {
        self.hit.map_or(self.clear_to, |hit| hit.end)
    }

    /// The first `count` bytes of the window are gone.
    pub(in crate::mask) fn shift(&mut self, count: usize) {
        self.clear_to = self.clear_to.saturating_sub(count);
        if let Some(hit) = &mut self.hit {
            hit.start = hit.start.saturating_sub(count);
            hit.end = hit.end.saturating_sub(count);
        }
    }
}
