//! Files that once broke a reader.

#![allow(clippy::unwrap_used)]

use paysage_fuzzing::format;

/// Reads a file; whether it is accepted. It panics where the reader breaks its law.
fn accepts(name: &str, bytes: &[u8]) -> bool {
    (format(name).unwrap().read)(bytes)
}

/// The message of the parser contains the value with its control characters.
#[test]
fn a_schema_whose_kind_has_a_control_character() {
    for kind in ["categorical\t", "real\\u001b[2J", "real\\r\\n"] {
        let text = format!("[[columns]]\nname = \"region\"\nkind = \"{kind}\"\n");
        assert!(!accepts("schema", text.as_bytes()));
    }
}

/// The columns took memory, and time that grew with their square, before the first row was read.
#[test]
fn compressed_images_of_a_width_that_is_not_there() {
    let images = b"\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\xff\x7f\0\0(";
    assert!(!accepts("idx_in_gz", images));
}

/// The names of all columns were made for a file of another width.
#[test]
fn a_layout_of_more_columns_than_memory_holds() {
    for columns in ["1000000000000", "2147483648"] {
        let text = format!(r#"{{"columns":{{"units":{{"count":{columns}}}}}}}"#);
        assert_eq!(accepts("layout", text.as_bytes()), columns == "2147483648");
    }
}

/// The number of a column is counted from 1; 0 was an overflow.
#[test]
fn a_layout_that_ignores_column_0() {
    let text =
        r#"{"columns":{"units":{"count":4}},"ignored":[{"name":"x","number":0,"reason":"empty"}]}"#;
    assert!(!accepts("layout", text.as_bytes()));
}

/// The numbers of fields follow from the one before; after the largest there is none.
#[test]
fn a_page_whose_header_has_the_last_field_there_is() {
    let mut bytes = (format("parquet").unwrap().seeds)()[0].clone();
    // The first page follows the mark: the field of the number 2⁶³ − 1, true, then one of the number after it.
    let field = [&[1, 0xfe][..], &[0xff; 8], &[1, 0x11]].concat();
    bytes[4..][..field.len()].copy_from_slice(&field);
    assert!(!accepts("parquet", &bytes));
}

/// A decoder that follows every reference reads a node at the end 64⁵ times.
#[test]
fn an_hdf5_file_whose_nodes_refer_to_each_other() {
    const CHILDREN: usize = 64;
    const LEVELS: u8 = 4;
    let mut bytes = (format("hdf5").unwrap().seeds)()[1].clone();
    let root = bytes
        .windows(5)
        .position(|part| part == b"TREE\x01")
        .unwrap();
    // A node is a head of 24 bytes, then keys of 32 bytes and places of 8 in turn.
    let key = bytes[root + 24..][..32].to_vec();
    let chunk = bytes[root + 56..][..8].to_vec();
    let node = |level: u8, child: &[u8]| {
        let children = [&key[..], child].concat().repeat(CHILDREN);
        let count = (CHILDREN as u16).to_le_bytes();
        [
            b"TREE\x01",
            &[level][..],
            &count,
            &[0xff; 16],
            &children,
            &key,
        ]
        .concat()
    };
    let place = |bytes: &[u8]| (bytes.len() as u64).to_le_bytes();
    let whole = node(LEVELS, &place(&bytes));
    bytes[root..][..whole.len()].copy_from_slice(&whole);
    for level in (0..LEVELS).rev() {
        let next = ((bytes.len() + whole.len()) as u64).to_le_bytes();
        let child = if level == 0 { &chunk[..] } else { &next };
        bytes.extend(node(level, child));
    }
    // The length of the file is part of its head.
    let length = place(&bytes);
    bytes[40..48].copy_from_slice(&length);
    assert!(!accepts("hdf5", &bytes));
}

/// The name of a data set was part of the message as it is.
#[test]
fn an_hdf5_file_with_a_control_character_in_a_name() {
    let mut bytes = (format("hdf5").unwrap().seeds)()[1].clone();
    let place = |bytes: &[u8], part: &[u8]| {
        let mut parts = bytes.windows(part.len());
        parts.position(|other| other == part).unwrap()
    };
    let names = place(&bytes, b"HEAP");
    let name = names + place(&bytes[names..], b"x\0");
    bytes[name + 1] = 0x10;
    let node = place(&bytes, b"TREE\x01");
    bytes[node] = b'?';
    assert!(!accepts("hdf5", &bytes));
}
