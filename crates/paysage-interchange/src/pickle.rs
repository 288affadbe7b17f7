//! Python's pickle protocol 0, as PyTables writes attributes: dictionaries, lists, texts and whole numbers.
//!
//! Nothing in a pickle is executed: objects of other types are read as unknown values. Containers are kept in one
//! list and refer to each other by number, so that neither nested nor repeated ones cost more than their text.
//!
//! The format is documented in Python's module `pickletools`.

use std::collections::HashMap;

/// A value; of a container, its number.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Whole(i64),
    Container(usize),
    Unknown,
}

/// The values of a pickle.
pub(crate) struct Pickle {
    /// The items of lists and tuples; keys and values of dictionaries in turn.
    containers: Vec<Vec<Value>>,
    root: Value,
}

/// What is on the stack.
enum Entry {
    Mark,
    Value(Value),
}

impl Pickle {
    /// The values of a text in protocol 0; nothing where it is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut machine = Machine::default();
        let mut rest = text;
        loop {
            let code = rest.chars().next()?;
            rest = &rest[code.len_utf8()..];
            if code == '.' {
                let root = machine.value()?;
                return Some(Self {
                    containers: machine.containers,
                    root,
                });
            }
            let mut line = || {
                let (line, after) = rest.split_once('\n')?;
                rest = after;
                Some(line)
            };
            machine.step(code, &mut line)?;
        }
    }

    pub(crate) fn root(&self) -> &Value {
        &self.root
    }

    /// The items of a list or tuple.
    pub(crate) fn items(&self, value: &Value) -> Option<&[Value]> {
        match value {
            Value::Container(number) => self.containers.get(*number).map(Vec::as_slice),
            _ => None,
        }
    }

    /// The value of a key of a dictionary.
    pub(crate) fn get(&self, dictionary: &Value, key: &str) -> Option<&Value> {
        let pairs = self.items(dictionary)?.as_chunks::<2>().0;
        // A later pair replaces an earlier one of the same key.
        let found = pairs.iter().rev().find(|[name, _]| match name {
            Value::Text(name) => name == key,
            _ => false,
        });
        found.map(|[_, value]| value)
    }
}

#[derive(Default)]
struct Machine {
    stack: Vec<Entry>,
    containers: Vec<Vec<Value>>,
    memo: HashMap<String, Value>,
}

impl Machine {
    /// Executes one code; nothing where it is not known or not possible.
    fn step<'a>(&mut self, code: char, line: &mut impl FnMut() -> Option<&'a str>) -> Option<()> {
        match code {
            '(' => self.stack.push(Entry::Mark),
            // Lists, dictionaries and tuples of what is above the mark.
            'l' | 'd' | 't' => {
                let items = self.above_mark()?;
                self.containers.push(items);
                self.push(Value::Container(self.containers.len() - 1));
            }
            'a' => {
                let item = self.value()?;
                self.last()?.push(item);
            }
            's' => {
                let value = self.value()?;
                let key = self.value()?;
                self.last()?.extend([key, value]);
            }
            'V' => {
                let text = line()?;
                self.push(Value::Text(text.into()));
            }
            'I' | 'L' => {
                let number = line()?.trim_end_matches('L').parse().ok()?;
                self.push(Value::Whole(number));
            }
            'S' | 'F' => {
                line()?;
                self.push(Value::Unknown);
            }
            'N' => self.push(Value::Unknown),
            'p' => {
                let Some(Entry::Value(value)) = self.stack.last() else {
                    return None;
                };
                let value = value.clone();
                self.memo.insert(line()?.into(), value);
            }
            'g' => {
                let value = self.memo.get(line()?)?.clone();
                self.push(value);
            }
            // A class by its module and name, a call of it with arguments, and its state.
            'c' => {
                line()?;
                line()?;
                self.push(Value::Unknown);
            }
            'R' => {
                self.value()?;
                self.value()?;
                self.push(Value::Unknown);
            }
            'b' => {
                self.value()?;
            }
            '0' => {
                self.stack.pop()?;
            }
            _ => return None,
        }
        Some(())
    }

    fn push(&mut self, value: Value) {
        self.stack.push(Entry::Value(value));
    }

    fn value(&mut self) -> Option<Value> {
        match self.stack.pop()? {
            Entry::Value(value) => Some(value),
            Entry::Mark => None,
        }
    }

    fn above_mark(&mut self) -> Option<Vec<Value>> {
        let is_mark = |entry: &Entry| matches!(entry, Entry::Mark);
        let mark = self.stack.iter().rposition(is_mark)?;
        let above = self.stack.drain(mark..).skip(1);
        let values = above.map(|entry| match entry {
            Entry::Value(value) => value,
            Entry::Mark => Value::Unknown,
        });
        Some(values.collect())
    }

    /// The container on top of the stack.
    fn last(&mut self) -> Option<&mut Vec<Value>> {
        match self.stack.last()? {
            Entry::Value(Value::Container(number)) => self.containers.get_mut(*number),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dictionaries_lists_and_texts() {
        // pickle.dumps({"a": [1, True], "b": (2, "x"), "a2": numpy.int64(3)}, 0), shortened.
        let text = "(dp0\nVa\np1\n(lp2\nI1\naI01\nasVb\np3\n(I2\nVx\np4\ntp5\nsVa2\np6\ncnumpy\nscalar\np7\n(g4\ntp8\nRp9\nsg1\ng3\ns.";
        let pickle = Pickle::parse(text).expect("a pickle");
        let get = |key| pickle.get(pickle.root(), key).expect("a value");
        let whole = |n| Value::Whole(n);
        assert_eq!(
            pickle.items(get("b")),
            Some(&[whole(2), Value::Text("x".into())][..])
        );
        assert_eq!(get("a2"), &Value::Unknown);
        // The last value of a key counts.
        assert_eq!(get("a"), &Value::Text("b".into()));
        assert_eq!(pickle.get(pickle.root(), "c"), None);
    }

    #[test]
    fn truncated_nested_and_repeated_pickles_are_harmless() {
        let text = "(dp0\nVa\np1\n(lp2\nI1\nas.";
        for end in 0..text.len() {
            assert!(Pickle::parse(&text[..end]).is_none(), "{end}");
        }
        let nested = format!("{}{}.", "(l".repeat(100_000), "a".repeat(99_999));
        assert!(Pickle::parse(&nested).is_some());
        // Each list has the one before twice.
        let doubled = (1..1000).map(|n| format!("(lp{n}\ng{0}\nag{0}\na", n - 1));
        let text = format!("(lp0\n{}.", doubled.collect::<String>());
        assert!(Pickle::parse(&text).is_some());
    }
}
