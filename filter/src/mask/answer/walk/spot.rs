//! A value as far as its place says what becomes of it.

use super::super::patterns::{NONE, PatternId};
use super::super::places::NodeId;
use super::super::texts::TextId;
use super::states::StateId;

/// A value, as far as its place says what becomes of it.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Spot {
    /// The same as a number; what follows is what it stands for.
    pub(super) state: StateId,
    pub(super) node: NodeId,
    pub(super) marks: Marks,
    /// What was decided about it.
    pub(super) done: Done,
    /// The first pattern that reached it, or something around it, and concerns the whole value; or [`NONE`].
    pub(super) whole: PatternId,
    /// The patterns that reached it, or something around it, and search text.
    pub(super) text: TextId,
}

/// What was decided about a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// It stays.
    Nothing,
    /// An entry took it out.
    Removed,
    /// An entry put a text or null in its place.
    Replaced,
    /// An entry changes each scalar of it.
    Changed,
    /// Its text is searched.
    Searched,
    /// A vector or score was taken out.
    Stripped,
    /// A score was taken out, and a number has to stand there.
    Zeroed,
    /// Its numbers are rounded.
    VectorRounded,
    ScoreRounded,
}

/// Yes-or-no facts about a value's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Marks(u8);

impl Marks {
    /// Nothing of it is written.
    pub(super) const MUTED: Marks = Marks(1);
    /// Inside a vector, or what holds vectors.
    pub(super) const VECTORS: Marks = Marks(1 << 1);
    /// Inside the `indices` of a sparse vector.
    pub(super) const INDICES: Marks = Marks(1 << 2);
    /// Inside a score, or a column of scores.
    pub(super) const SCORES: Marks = Marks(1 << 3);
    /// In a payload or below.
    pub(super) const PAYLOAD: Marks = Marks(1 << 4);
    /// All that holds for what is below, too.
    const INHERITED: Marks = Marks(0b11111);
    /// An element of an array that is no part of a payload: a place in a column, which must stay.
    pub(super) const COLUMN: Marks = Marks(1 << 5);
    /// The first element of an array.
    pub(super) const FIRST: Marks = Marks(1 << 6);

    fn has(self, marks: Marks) -> bool {
        self.0 & marks.0 == marks.0
    }
}

impl Spot {
    /// Nowhere, and reached by nothing.
    pub(super) const OUTSIDE: Spot = Spot {
        state: 0,
        node: 0,
        marks: Marks(0),
        done: Done::Nothing,
        whole: NONE,
        text: 0,
    };

    /// One step below this one.
    pub(super) fn below(self, node: NodeId) -> Spot {
        Spot {
            node,
            marks: Marks(self.marks.0 & Marks::INHERITED.0),
            done: Done::Nothing,
            ..self
        }
    }

    pub(super) fn is(&self, marks: Marks) -> bool {
        self.marks.has(marks)
    }

    pub(super) fn mark(&mut self, marks: Marks) {
        self.marks = Marks(self.marks.0 | marks.0);
    }
}
