//! Valid texts.

use crate::file::{all_packed, packed};

fn bytes(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

pub(crate) fn csv() -> Vec<Vec<u8>> {
    bytes(&[
        "a,b,c\n0,1,2.5\n-3e2,,0.125\n1,1,1\n",
        "\u{feff}\"x, y\";z\r\n1;2\r\n\"3\n\";4\r\n\r\n5;NA\r\n",
        "# a b\n1.5e+00 2.0\n3 4\n# end\n",
        "0,1,0,1\n1,1,0,0\n0,0,0,1\n1,0,1,0",
    ])
}

pub(crate) fn tsv() -> Vec<Vec<u8>> {
    bytes(&["a\tb\n1\t2\n3\t4\n", "0\t1\t1\n1\t0\t0\n"])
}

pub(crate) fn csv_gz() -> Vec<Vec<u8>> {
    let mut files = all_packed(csv());
    // Several members are one file.
    files.push([packed(b"a,b\n0,1\n"), packed(b"1,1\n2,3\n")].concat());
    files
}

pub(crate) fn csv_zst() -> Vec<Vec<u8>> {
    let pack = |bytes: &[u8]| zstd::encode_all(bytes, 3).expect("writing to memory");
    let mut files: Vec<Vec<u8>> = csv().iter().map(|bytes| pack(bytes)).collect();
    // Several frames are one file.
    files.push([pack(b"a,b\n0,1\n"), pack(b"1,1\n2,3\n")].concat());
    files
}

pub(crate) fn mixed() -> Vec<Vec<u8>> {
    bytes(&[
        "id,age,sex,price,stage\nu1,31,f,\"1.234,50 €\",early\nu2,28,m,\"2,75 €\",late\n\
         u3,,f,\"10,00 €\",early\nu4,64.5,m,\"1,00 €\",NA\n",
        "n,word\n1,x\n2,y\n3,x\n4,z\n5,y\n6,x\n7,y\n8,z\n9,x\n10,y\n11,z\n12,x\n",
    ])
}

pub(crate) fn fasta() -> Vec<Vec<u8>> {
    bytes(&[
        ">one first\nACDEF\nGH-KL\n>two\nACDEFGHIKX\n>three\nMCDEFGH.KL\n",
        "#A3M#\n>a\nACkkGU\n>b\r\nA-GN\r\n; comment\n>c\nACG.kU\n",
        ">x\nac.t\n>y\ngcta\n",
    ])
}

pub(crate) fn fasta_gz() -> Vec<Vec<u8>> {
    all_packed(fasta())
}

/// Schemas of [`TABLE`](crate::read_text::TABLE).
pub(crate) fn schemas() -> Vec<Vec<u8>> {
    bytes(&[
        "[[columns]]\nname = \"age\"\nkind = \"real\"\nmean = 41.2\ndeviation = 0.3\ndecimals = 0\n\n\
         [[columns]]\nname = \"region\"\nkind = \"categorical\"\nvalues = [\"north\", \"south\", \"west\"]\n\n\
         [[columns]]\nname = \"smoker\"\nkind = \"binary\"\nvalues = [\"no\", \"yes\"]\n",
        "columns = [\n  { name = 'smoker' },\n  { name = 'price', kind = 'real', notation = { decimal = ',', \
         group = '.', suffix = ' €' } },\n]\n",
    ])
}

/// Layouts of [`TABLE`](crate::read_text::TABLE) in model files, as JSON.
pub(crate) fn layouts() -> Vec<Vec<u8>> {
    bytes(&[
        r#"{"columns":{"units":{"count":2,"names":["age","year"]}},"preparation":{"scale":2.0,"standardize":{"mean":[20.5,1000.0],"std":[3.0,5.5]}},"missing":true,"ignored":[{"name":"region","number":2,"reason":"dropped"},{"name":"smoker","number":3,"reason":"identifier"},{"name":"price","number":4,"reason":"constant"}]}"#,
        r#"{"columns":{"mixed":{"columns":[{"name":"age","kind":"real","mean":41.2,"deviation":0.3,"decimals":1},{"name":"region","kind":"categorical","values":["north","south","west"]},{"name":"smoker","kind":"binary","values":["no","yes"]}]}},"labels":{"classes":["a","b"]},"missing":true,"ignored":[{"name":"price","number":4,"reason":"constant"},{"name":"year","number":5,"reason":"weights"}]}"#,
        r#"{"columns":{"units":{"count":2}},"preparation":{"threshold":0.5},"image":{"height":1,"width":2},"missing":false,"ignored":[{"name":"1","number":1,"reason":"index"},{"name":"4","number":4,"reason":"empty"},{"name":"5","number":5,"reason":"empty"}]}"#,
        r#"{"columns":{"alignment":{"sites":4,"states":"-ACGU","alphabet":"rna","unknown":"drop"}},"missing":false}"#,
    ])
}

pub(crate) fn weights() -> Vec<Vec<u8>> {
    let mut files = bytes(&["1\n0.5\n2e0\n0\n", "weight\n1\n2\n3\n4\n"]);
    files.push(crate::arrays::npy_of(
        "<f4",
        "(4,)",
        &[0; 12],
        &1f32.to_le_bytes(),
    ));
    files
}

pub(crate) fn labels() -> Vec<Vec<u8>> {
    let mut files = bytes(&["0\n1\n2\n1\n", "class\ncat\ndog\ncat\nowl\n"]);
    files.push([&[0, 0, 8, 1, 0, 0, 0, 4][..], &[7, 0, 9, 1]].concat());
    files.push(crate::arrays::npy_of(
        "<i8",
        "(4, 1)",
        &[0; 24],
        &3i64.to_le_bytes(),
    ));
    files
}
