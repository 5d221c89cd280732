//! Typed indices, and vectors that only their own index can reach.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// A dense index of one sort of thing. Made by `id_type!`.
pub trait Id: Copy + Ord + fmt::Debug {
    /// The position, from zero.
    fn index(self) -> usize;

    /// The id at position `index`.
    ///
    /// # Panics
    /// When `index` does not fit a `u32`; nothing here is counted in billions.
    fn from_index(index: usize) -> Self;
}

/// Declares a `u32` newtype that indexes one sort of thing and nothing else.
macro_rules! id_type {
    ($(#[$meta:meta])* $visibility:vis struct $name:ident $(;)?) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visibility struct $name(u32);

        impl $name {
            /// The position, from zero.
            #[must_use]
            $visibility const fn index(self) -> usize {
                self.0 as usize
            }

            /// The id at position `index`.
            ///
            /// # Panics
            /// When `index` does not fit a `u32`.
            #[must_use]
            $visibility fn from_index(index: usize) -> Self {
                <Self as $crate::units::Id>::from_index(index)
            }
        }

        impl $crate::units::Id for $name {
            fn index(self) -> usize {
                self.0 as usize
            }

            fn from_index(index: usize) -> Self {
                Self(u32::try_from(index).expect("fewer than 2^32 things of one sort exist"))
            }
        }
    };
}
pub(crate) use id_type;

/// A vector that only its own id type can index.
#[derive(Clone, PartialEq, Eq)]
pub struct IdVec<I, T> {
    items: Vec<T>,
    id: PhantomData<fn(I) -> I>,
}

impl<I: Id, T> IdVec<I, T> {
    /// An empty vector.
    #[must_use]
    pub const fn new() -> Self {
        Self { items: Vec::new(), id: PhantomData }
    }

    /// A vector whose n-th item gets the n-th id.
    #[must_use]
    pub const fn from_vec(items: Vec<T>) -> Self {
        Self { items, id: PhantomData }
    }

    /// `value` for each of `len` ids.
    #[must_use]
    pub fn filled(value: T, len: usize) -> Self
    where
        T: Clone,
    {
        Self::from_vec(vec![value; len])
    }

    /// Appends an item and tells its id.
    pub fn push(&mut self, item: T) -> I {
        let id = I::from_index(self.items.len());
        self.items.push(item);
        id
    }

    /// The number of items.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is no item.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The item of `id`, if there is one.
    #[must_use]
    pub fn get(&self, id: I) -> Option<&T> {
        self.items.get(id.index())
    }

    /// The item of `id`, to change it, if there is one.
    #[must_use]
    pub fn get_mut(&mut self, id: I) -> Option<&mut T> {
        self.items.get_mut(id.index())
    }

    /// The items in id order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }

    /// The items in id order, to change them.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.items.iter_mut()
    }

    /// Each id with its item, in id order.
    #[must_use]
    pub fn iter_ids(&self) -> impl ExactSizeIterator<Item = (I, &T)> + DoubleEndedIterator {
        self.items.iter().enumerate().map(|(index, item)| (I::from_index(index), item))
    }

    /// All ids in order. The iterator does not borrow the vector.
    #[must_use]
    pub fn ids(&self) -> impl ExactSizeIterator<Item = I> + DoubleEndedIterator + use<I, T> {
        (0..self.items.len()).map(I::from_index)
    }

    /// A vector over the same ids with each item mapped.
    #[must_use]
    pub fn map<U>(&self, change: impl FnMut(&T) -> U) -> IdVec<I, U> {
        IdVec::from_vec(self.items.iter().map(change).collect())
    }

    /// The items in id order.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        &self.items
    }

    /// The items in id order, as a plain vector.
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        self.items
    }
}

impl<I: Id, T> Default for IdVec<I, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<I, T: fmt::Debug> fmt::Debug for IdVec<I, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.items.fmt(formatter)
    }
}

impl<I: Id, T> Index<I> for IdVec<I, T> {
    type Output = T;

    fn index(&self, id: I) -> &T {
        &self.items[id.index()]
    }
}

impl<I: Id, T> IndexMut<I> for IdVec<I, T> {
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.items[id.index()]
    }
}

impl<'a, I: Id, T> IntoIterator for &'a IdVec<I, T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

impl<'a, I: Id, T> IntoIterator for &'a mut IdVec<I, T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter_mut()
    }
}

impl<I: Id, T> IntoIterator for IdVec<I, T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<I: Id, T> FromIterator<T> for IdVec<I, T> {
    fn from_iter<S: IntoIterator<Item = T>>(items: S) -> Self {
        Self::from_vec(items.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::IdVec;

    id_type! {
        /// A test id.
        pub(super) struct BoxId
    }

    #[test]
    fn pushed_items_are_found_under_their_id() {
        let mut boxes: IdVec<BoxId, &str> = IdVec::new();
        let first = boxes.push("a");
        let second = boxes.push("b");
        boxes[second] = "c";
        assert_eq!((first.index(), boxes[first], boxes[second]), (0, "a", "c"));
        assert_eq!(boxes.get(BoxId::from_index(2)), None);
        assert_eq!(boxes.ids().collect::<Vec<_>>(), [first, second]);
        assert_eq!(
            boxes.iter_ids().map(|(id, item)| (id.index(), *item)).next_back(),
            Some((1, "c"))
        );
        assert_eq!(boxes.map(|item| item.len()).into_vec(), [1, 1]);
    }
}
