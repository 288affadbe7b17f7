//! The commands in the documentation and in help texts are those of the program.

use std::fs;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser};

use super::Arguments;

/// The README and the pages of docs; none in a package of this crate alone.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let Ok(docs) = fs::read_dir(root.join("docs")) else {
        return Vec::new();
    };
    let docs = docs.map(|entry| entry.unwrap().path());
    let docs = docs.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    [root.join("README.md")].into_iter().chain(docs).collect()
}

/// The lines of code of a page, those that end in a backslash joined with the next.
fn code(text: &str) -> Vec<String> {
    let (mut lines, mut is_fenced, mut line) = (Vec::new(), false, String::new());
    for next in text.lines() {
        if next.trim_start().starts_with("```") {
            is_fenced = !is_fenced;
        } else if is_fenced || next.starts_with("    ") || !line.is_empty() {
            match next.strip_suffix('\\') {
                Some(begin) => line += begin,
                None => lines.push(std::mem::take(&mut line) + next),
            }
        }
    }
    lines
}

/// The words of a line of shell until a pipe, a redirection, a comment or the next command.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for letter in line.chars() {
        match (letter, quote) {
            (' ', None) => words.extend(word.take()),
            ('\'' | '"', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (letter, Some(end)) if letter == end => quote = None,
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    let end = |word: &String| ["|", ">", "#", "&&", ";", "2>"].contains(&&**word);
    let end = words.iter().position(end).unwrap_or(words.len());
    words.truncate(end);
    words
}

/// The arguments of the program in a line, where it is a command of the program.
fn command(line: &str) -> Option<Vec<String>> {
    let words = words(line.trim().trim_start_matches("$ "));
    if words.iter().any(|word| word.contains(['[', '…'])) {
        // A form rather than a command.
        return None;
    }
    let program = match words.first()?.as_str() {
        "paysage" => 0,
        "cargo" if words.iter().any(|word| word == "paysage-cli") => {
            words.iter().position(|word| word == "--")?
        }
        _ => return None,
    };
    // A sentence may begin with the name of the program.
    let is_command = |name: &&String| {
        let program = Arguments::command();
        program
            .get_subcommands()
            .any(|command| command.get_name() == **name)
    };
    words.get(program + 1).filter(is_command)?;
    Some(words[program..].to_vec())
}

/// Parses a command; the value of an option may be a placeholder in capital letters.
fn check(place: &str, words: &[String]) {
    let Err(error) = Arguments::try_parse_from(words) else {
        return;
    };
    let is_placeholder = |value: &ContextValue| match value {
        ContextValue::String(value) => {
            !value.is_empty() && value.chars().all(|letter| letter.is_ascii_uppercase())
        }
        _ => false,
    };
    let is_value = matches!(
        error.kind(),
        ErrorKind::ValueValidation | ErrorKind::InvalidValue
    );
    let value = error.get(ContextKind::InvalidValue);
    assert!(
        is_value && value.is_some_and(is_placeholder),
        "{place}: {}: {error}",
        words.join(" ")
    );
}

#[test]
fn commands_in_the_documentation_are_valid() {
    let mut count = 0;
    let pages = pages();
    for page in &pages {
        let text = fs::read_to_string(page).unwrap();
        for line in code(&text) {
            if let Some(words) = command(&line) {
                check(&page.display().to_string(), &words);
                count += 1;
            }
        }
    }
    assert!(count > 40 || pages.is_empty(), "{count} commands");
}

#[test]
fn examples_in_help_texts_are_valid() {
    let mut count = 0;
    for program in Arguments::command().get_subcommands() {
        let text = program.get_after_help().map(ToString::to_string);
        for line in text.unwrap_or_default().replace(" \\\n", " ").lines() {
            if let Some(words) = command(line) {
                check(program.get_name(), &words);
                count += 1;
            }
        }
    }
    assert!(count > 15, "{count} commands");
}

#[test]
fn lines_of_shell_have_words() {
    let words = |line: &str| command(line).map(|words| words.join("|"));
    assert_eq!(
        words("$ paysage train 'a b.csv' --hidden 3 > log # note").as_deref(),
        Some("paysage|train|a b.csv|--hidden|3")
    );
    let cargo = "cargo run --release -p paysage-cli -- train data.npy --out run";
    assert_eq!(words(cargo).as_deref(), Some("--|train|data.npy|--out|run"));
    assert_eq!(words("paysage trains machines"), None);
    assert_eq!(words("paysage train DATA [--hidden SPEC]"), None);
}
