//! What the code made by [`layer_kinds!`](crate::layer_kinds) calls; no interface for anything else.

use std::fmt;

pub use burn::tensor::{DType, Device, Tensor, TensorCreationOptions};
pub use paysage_kernels::{Product, RandomKey};
pub use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde::{
    de::{Error, MapAccess, Visitor},
    ser::SerializeMap,
};

use crate::{Kind, LayerKindError, Shape};

/// A kind of a list.
#[derive(Debug)]
pub struct Entry {
    name: &'static str,
    /// The names of the sizes in files.
    sizes: &'static [&'static str],
    spelling: &'static str,
    argument: Option<&'static str>,
    spell: fn(&[usize]) -> String,
}

impl Entry {
    /// The entry of a kind with these names of sizes.
    pub const fn of<K: Kind>(sizes: &'static [&'static str]) -> Self {
        Self {
            name: K::NAME,
            sizes,
            spelling: K::Shape::SPELLING,
            argument: K::Shape::ARGUMENT,
            spell: |sizes| checked::<K::Shape>(sizes).spell(),
        }
    }
}

/// Where the sizes of a layer come from.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// A file.
    Sizes(&'a [usize]),
    /// The command line.
    Text(&'a str),
    /// The number of columns of data, and what the command line adds.
    Columns(usize, Option<&'a str>),
}

impl Source<'_> {
    /// The shape that the source describes.
    ///
    /// # Errors
    ///
    /// When it describes none.
    pub fn shape<S: Shape>(self) -> Result<S, LayerKindError> {
        match self {
            Source::Sizes(sizes) => {
                let shape = S::from_sizes(sizes)?;
                if shape.units() == 0 {
                    return Err(LayerKindError::Size { word: "0".into() });
                }
                Ok(shape)
            }
            Source::Text(text) => S::parse(text),
            Source::Columns(columns, argument) => S::of_columns(columns, argument),
        }
    }
}

/// The kind of a name and sizes; `None` where there is no such name.
type Read<K> = fn(&str, Source<'_>) -> Option<Result<K, LayerKindError>>;

/// The sizes of a shape, as many as the list of kinds names.
///
/// # Panics
///
/// When the list of kinds names another number of sizes.
pub fn sizes<const N: usize>(shape: &impl Shape) -> [usize; N] {
    let sizes = shape.sizes();
    let found = sizes.len();
    sizes
        .try_into()
        .unwrap_or_else(|_| panic!("the list of kinds names {N} sizes, the shape has {found}"))
}

/// The shape of a list of sizes.
///
/// # Panics
///
/// When the sizes contradict each other.
pub fn checked<S: Shape>(sizes: &[usize]) -> S {
    S::from_sizes(sizes).unwrap_or_else(|error| panic!("{error}"))
}

fn entry(name: &str, table: &'static [Entry]) -> &'static Entry {
    let mut entries = table.iter();
    let entry = entries.find(|entry| entry.name == name);
    entry.expect("the name of a kind of the list")
}

/// Writes a kind as the command line spells it.
///
/// # Errors
///
/// When the formatter fails.
pub fn spell(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    sizes: &[usize],
    table: &'static [Entry],
) -> fmt::Result {
    write!(f, "{name}:{}", (entry(name, table).spell)(sizes))
}

/// Reads a kind as the command line spells it.
///
/// # Errors
///
/// When the text is not that of a kind.
pub fn parse<K>(word: &str, table: &[Entry], read: Read<K>) -> Result<K, LayerKindError> {
    let trimmed = word.trim();
    let found = match trimmed.split_once(':') {
        Some((name, sizes)) => read(name, Source::Text(sizes)),
        None if trimmed.starts_with(|c: char| c.is_ascii_alphabetic()) => None,
        None => read(table[0].name, Source::Text(trimmed)),
    };
    found.unwrap_or_else(|| {
        let number = std::iter::once(table[0].spelling.to_owned());
        let spellings = table
            .iter()
            .map(|entry| format!("{}:{}", entry.name, entry.spelling));
        Err(LayerKindError::Unknown {
            word: word.into(),
            known: listed(number.chain(spellings)),
        })
    })
}

/// The kind of a layer for so many columns of data.
///
/// # Errors
///
/// When there is no such kind, or it does not fit the columns.
pub fn of_columns<K>(
    word: &str,
    columns: usize,
    table: &[Entry],
    read: Read<K>,
) -> Result<K, LayerKindError> {
    let (name, argument) = match word.trim().split_once(':') {
        Some((name, argument)) => (name, Some(argument)),
        None => (word.trim(), None),
    };
    read(name, Source::Columns(columns, argument)).unwrap_or_else(|| {
        let spelling = |entry: &Entry| match entry.argument {
            Some(argument) => format!("{}:{argument}", entry.name),
            None => entry.name.to_owned(),
        };
        Err(LayerKindError::UnknownColumns {
            known: listed(table.iter().map(spelling)),
        })
    })
}

/// "a, b or c".
fn listed(words: impl Iterator<Item = String>) -> String {
    let words: Vec<String> = words.collect();
    match words.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => words.concat(),
    }
}

/// Writes a kind as the model file has it.
///
/// # Errors
///
/// When the serializer fails.
pub fn serialize<S: Serializer>(
    serializer: S,
    name: &str,
    sizes: &[usize],
    table: &'static [Entry],
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1 + sizes.len()))?;
    map.serialize_entry("kind", name)?;
    for (field, size) in entry(name, table).sizes.iter().zip(sizes) {
        map.serialize_entry(field, size)?;
    }
    map.end()
}

/// Reads a kind as the model file has it.
///
/// # Errors
///
/// When there is no such kind, a size is missing or unknown, or the sizes contradict each other.
pub fn deserialize<'de, K, D: Deserializer<'de>>(
    deserializer: D,
    table: &'static [Entry],
    names: &'static [&'static str],
    read: Read<K>,
) -> Result<K, D::Error> {
    let Content { kind, sizes } = deserializer.deserialize_map(ContentVisitor)?;
    let kind = kind.ok_or_else(|| D::Error::missing_field("kind"))?;
    let Some(entry) = table.iter().find(|entry| entry.name == kind) else {
        return Err(D::Error::unknown_variant(&kind, names));
    };
    if let Some((other, _)) = sizes
        .iter()
        .find(|(name, _)| !entry.sizes.contains(&&**name))
    {
        return Err(D::Error::unknown_field(other, entry.sizes));
    }
    let size = |field: &&'static str| {
        let found = sizes.iter().find(|(name, _)| name == field);
        found
            .map(|(_, size)| *size)
            .ok_or_else(|| D::Error::missing_field(field))
    };
    let sizes: Vec<usize> = entry.sizes.iter().map(size).collect::<Result<_, _>>()?;
    match read(&kind, Source::Sizes(&sizes)) {
        Some(read) => read.map_err(D::Error::custom),
        None => Err(D::Error::unknown_variant(&kind, names)),
    }
}

/// The entries of a kind in a model file.
#[derive(Default)]
struct Content {
    kind: Option<String>,
    sizes: Vec<(String, usize)>,
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a kind of layer and its sizes")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Content, A::Error> {
        let mut content = Content::default();
        while let Some(field) = map.next_key::<String>()? {
            let twice = || A::Error::custom(format_args!("duplicate field `{field}`"));
            if field == "kind" {
                if content.kind.replace(map.next_value()?).is_some() {
                    return Err(twice());
                }
            } else if content.sizes.iter().any(|(name, _)| *name == field) {
                return Err(twice());
            } else {
                let size = map.next_value()?;
                content.sizes.push((field, size));
            }
        }
        Ok(content)
    }
}
