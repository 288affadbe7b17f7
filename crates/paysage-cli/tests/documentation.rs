//! The pages of docs are a book, and their links lead somewhere.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The pages of a folder.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut pages: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .collect();
    pages.sort();
    pages
}

/// The targets of links in a page.
fn links(text: &str) -> Vec<&str> {
    let after = text.split("](").skip(1);
    after.filter_map(|rest| rest.split(')').next()).collect()
}

/// The name by which a heading is linked: as GitHub and mdBook form it.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let letters = text
        .chars()
        .map(|letter| if letter == ' ' { '-' } else { letter });
    letters
        .filter(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_'))
        .collect()
}

#[test]
fn every_page_is_a_chapter_of_the_book() {
    let docs = root().join("docs");
    let summary = fs::read_to_string(docs.join("SUMMARY.md")).unwrap();
    let chapters: BTreeSet<&str> = links(&summary).into_iter().collect();
    let names = pages(&docs);
    let names = names
        .iter()
        .map(|page| page.file_name().unwrap().to_str().unwrap());
    let names: BTreeSet<&str> = names.filter(|name| *name != "SUMMARY.md").collect();
    assert_eq!(chapters, names);
}

#[test]
fn links_lead_to_files_and_headings() {
    let root = root();
    let others = ["README.md", "CONTRIBUTING.md", "fuzz/README.md"].map(|name| root.join(name));
    let mut count = 0;
    for page in pages(&root.join("docs")).iter().chain(&others) {
        let text = fs::read_to_string(page).unwrap();
        for link in links(&text)
            .into_iter()
            .filter(|link| !link.contains("://"))
        {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => page.clone(),
                file => page.parent().unwrap().join(file),
            };
            assert!(target.exists(), "{}: {link}", page.display());
            if !heading.is_empty() {
                let text = fs::read_to_string(&target).unwrap();
                let mut headings = text.lines().filter(|line| line.starts_with('#'));
                let is_there = headings.any(|line| anchor(line) == heading);
                assert!(is_there, "{}: {link}", page.display());
            }
            count += 1;
        }
    }
    assert!(count > 100, "{count} links");
}

/// The doc tests of `paysage` run the program of the README; a page with one would need the same.
#[test]
fn pages_have_no_programs_that_are_not_run() {
    for page in pages(&root().join("docs")) {
        let text = fs::read_to_string(&page).unwrap();
        assert!(!text.contains("```rust"), "{}", page.display());
    }
}
