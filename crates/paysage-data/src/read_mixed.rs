//! Tables with categorical and numeric columns.

use crate::error::DataError;
use crate::read::Cells;
use crate::schema::{PartialSchema, Schema, inferred};
use crate::table::Table;

/// Reads a text file with categorical and numeric columns, and encodes it as a table of units.
///
/// The file is text as for [`read`](crate::read), with a header. All units of a missing cell are
/// NaN (see [`read_with_missing`](crate::read_with_missing) for the spellings; `none`, `nil`,
/// `-`, `--` and `.` are missing among numbers only).
///
/// The schema gives the columns that are used and their kinds; what it does not give is inferred
/// from the data, and everything is inferred without a schema:
///
/// | a column of | is |
/// |---|---|
/// | numbers, one of them not whole or more than 10 different ones | real |
/// | two different values, numbers or text | binary |
/// | up to 100 different values | categorical |
///
/// Values are sorted, as numbers where all are numbers. Numbers may have a decimal comma,
/// thousands separators, a currency or a percent sign, if all numbers of the column are written in
/// one way: it is kept as the [`Notation`](crate::Notation). The mean and standard deviation of a
/// real column are those of the observed numbers; it is written with as many decimals as the
/// longest of them, at most 6. The table keeps about 7 digits, counted from the standard deviation.
///
/// Without a schema, empty and constant columns, indices (more than 10 whole numbers in steps of
/// one, each once) and identifiers (more than 10 text values, each once) are left out;
/// [`ReadOptions`](crate::ReadOptions) names them in a warning and carries them through.
///
/// The result is the table, its columns named `age` or `region=north`, and the complete schema.
/// Given again, that schema encodes other files with the same means, deviations and values.
///
/// # Errors
///
/// Any [`DataError`] that names a file, among them [`UnclearColumn`](crate::SchemaError::UnclearColumn) for
/// a column without values or with more than 100 different text values;
/// [`MixedColumn`](crate::SchemaError::MixedColumn) for a cell that is no number in a column of numbers;
/// [`NoSuchColumn`](crate::SchemaError::NoSuchColumn) for a column that only the schema has; and
/// [`UnknownValue`](crate::SchemaError::UnknownValue) for a value that is not in the schema.
///
/// ```
/// use paysage_data::{read_mixed, write_csv};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("people.csv");
/// std::fs::write(&path, "age,region\n30.5,north\n,west\n28.5,south\n")?;
///
/// let (table, schema) = read_mixed(path.to_str().unwrap(), None)?;
/// assert_eq!(table.names().unwrap(), ["region=north", "region=south", "region=west", "age"]);
/// assert_eq!(table.row(0), [1.0, 0.0, 0.0, 1.0]);
/// assert!(table.row(1)[3].is_nan());
///
/// let copy = folder.path().join("copy.csv");
/// write_csv(&copy, &schema.names(), &schema.decode(table.values()))?;
/// assert_eq!(std::fs::read(copy)?, std::fs::read(&path)?);
///
/// let (again, _) = read_mixed(path.to_str().unwrap(), Some(&schema.into()))?;
/// assert_eq!(again.row(2), table.row(2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_mixed(
    source: &str,
    schema: Option<&PartialSchema>,
) -> Result<(Table, Schema), DataError> {
    mixed(&Cells::read(source)?, schema)
}

fn mixed(cells: &Cells, schema: Option<&PartialSchema>) -> Result<(Table, Schema), DataError> {
    let schema = match schema {
        Some(schema) => schema.completed(cells)?,
        None => {
            let all: Vec<usize> = (0..cells.names.len()).collect();
            inferred(cells, &all)?.0
        }
    };
    Ok((schema.encode(cells, &[])?, schema))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{ColumnKind, GroupKind};

    const PEOPLE: &str = "\
id,age,region,weight,smoker,stage
1,31,north,70.5,no,2
2,28,,64,yes,3
3,NA,\"west, far\",NA,,1
4,45,south,88.25,no,?
5,60,north,-3.5,yes,2
6,33,south,0.0,no,1
7,35,north,71,no,1
8,36,north,72,no,1
9,37,north,73,no,1
10,38,north,74,no,1
11,39,north,75,no,1
12,40,north,76,no,1
";

    fn read(text: &str, schema: Option<&str>) -> Result<(Table, Schema), DataError> {
        let schema = schema.map(|schema| schema.parse().unwrap());
        mixed(&Cells::parse("a.csv", text.into())?, schema.as_ref())
    }

    fn message(text: &str, schema: &str) -> String {
        read(text, Some(schema)).unwrap_err().to_string()
    }

    #[test]
    fn cells_are_restored_in_their_order() {
        let (table, schema) = read(PEOPLE, None).unwrap();
        let kinds: Vec<_> = schema.groups().iter().map(|group| group.kind).collect();
        let states = GroupKind::OneHot { states: 3 };
        assert_eq!(kinds, [GroupKind::Binary, states, GroupKind::Real]);
        let expected = [
            "smoker=yes",
            "region=north",
            "region=south",
            "region=west, far",
            "stage=1",
            "stage=2",
            "stage=3",
            "age",
            "weight",
        ];
        assert_eq!(table.names().unwrap(), expected);
        assert!(!table.is_complete());

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("back.csv");
        crate::write_csv(&path, &schema.names(), &schema.decode(table.values())).unwrap();
        let back = std::fs::read_to_string(&path).unwrap();
        let without_id = PEOPLE.lines().map(|line| line.split_once(',').unwrap().1);
        let without_id: String = without_id.map(|line| format!("{line}\n")).collect();
        let mut expected = without_id.replace("NA", "").replace('?', "");
        for (short, long) in [
            ("64,", "64.00,"),
            ("70.5", "70.50"),
            ("-3.5", "-3.50"),
            ("0.0,", "0.00,"),
        ] {
            expected = expected.replace(short, long);
        }
        for whole in 71..=76 {
            expected = expected.replace(&format!(",{whole},"), &format!(",{whole}.00,"));
        }
        assert_eq!(back, expected);

        let (again, same) = mixed(&Cells::read(path.to_str().unwrap()).unwrap(), None).unwrap();
        assert_eq!(same, schema);
        for (a, b) in again.values().iter().zip(table.values()) {
            assert_eq!(a.to_bits(), b.to_bits());
        }
    }

    #[test]
    fn real_columns_have_mean_0_and_deviation_1() {
        let (table, schema) = read(PEOPLE, None).unwrap();
        let place = schema.units_of(2).start;
        let values = (0..table.rows()).map(|row| f64::from(table.row(row)[place]));
        let values: Vec<f64> = values.filter(|x| !x.is_nan()).collect();
        let mean = values.iter().sum::<f64>() / 11.0;
        let square = values.iter().map(|x| x * x).sum::<f64>() / 11.0;
        assert!(mean.abs() < 1e-6 && (square - 1.0).abs() < 1e-6);
    }

    #[test]
    fn a_whole_schema_encodes_other_files_as_the_first() {
        let (_, schema) = read(PEOPLE, None).unwrap();
        let other = "stage,weight,smoker,region,note,age,id\n2.0,88.25,yes,south,x,,7\n";
        let cells = Cells::parse("b.csv", other.into()).unwrap();
        let (table, same) = mixed(&cells, Some(&schema.clone().into())).unwrap();
        assert_eq!(same, schema);
        let ColumnKind::Real {
            mean, deviation, ..
        } = schema.columns[2].kind
        else {
            panic!("{schema}")
        };
        let place = schema.units_of(2).start;
        assert_eq!(table.row(0)[place], ((88.25 - mean) / deviation) as f32);
        let cells = ["", "south", "88.25", "yes", "2"];
        assert_eq!(schema.decode(table.values()), [cells]);
    }

    #[test]
    fn a_partial_schema_chooses_orders_and_decides() {
        let text = "[[columns]]\nname = 'stage'\nkind = 'real'\ndecimals = 1\n
            [[columns]]\nname = 'id'\nkind = 'categorical'\n
            [[columns]]\nname = 'smoker'\nkind = 'binary'\nvalues = ['yes', 'no']\n
            [[columns]]\nname = 'age'";
        let (table, schema) = read(PEOPLE, Some(text)).unwrap();
        assert_eq!(schema.names(), ["stage", "id", "smoker", "age"]);
        assert_eq!(schema.units_of(1), 1..13);
        assert_eq!((table.columns(), table.row(0)[0]), (15, 1.0));
        assert_eq!(schema.decode(table.row(0)), [["2.0", "1", "no", "31"]]);
    }

    #[test]
    fn a_categorical_column_may_have_one_value_or_two() {
        let text = "[[columns]]\nname = 'a'\nkind = 'categorical'\n
            [[columns]]\nname = 'b'\nkind = 'categorical'";
        let (table, schema) = read("a,b\nx,1\nx,0\n", Some(text)).unwrap();
        assert_eq!(table.values(), [1.0, 0.0, 1.0, 1.0, 1.0, 0.0]);
        assert_eq!(schema.decode(table.values()), [["x", "1"], ["x", "0"]]);
    }

    #[test]
    fn disagreements_of_schema_and_file_are_named() {
        let column = |name: &str, rest: &str| format!("[[columns]]\nname = '{name}'\n{rest}");
        let region = column(
            "region",
            "kind = 'categorical'\nvalues = ['north', 'south']",
        );
        assert_eq!(
            message(PEOPLE, &region),
            "a.csv: line 4, column 3 (\"region\") holds \"west, far\", which is not in the schema; \
             expected one of \"north\", \"south\""
        );
        let real = column(
            "smoker",
            "kind = 'real'\nmean = 0\ndeviation = 1\ndecimals = 0",
        );
        let refused = message(PEOPLE, &real);
        assert!(refused.starts_with("a.csv: line 2, column 5 (\"smoker\") holds \"no\", expected"));
        for kind in ["", "kind = 'binary'\nvalues = ['a', 'b']"] {
            assert_eq!(
                message("a,b\n1,2\n", &column("c", kind)),
                "a.csv: no column \"c\"; the columns are \"a\", \"b\""
            );
        }
        assert_eq!(
            message(PEOPLE, &column("stage", "kind = 'binary'")),
            "a.csv: column \"stage\": expected two different values, since it is binary"
        );
        let names: String = (0..10_001).map(|x| format!("{x}\n")).collect();
        let names = message(&format!("a\n{names}"), &column("a", "kind = 'categorical'"));
        assert!(names.contains("expected at most 10000 different values"));
        let empty = column("a", "kind = 'categorical'");
        assert!(message("a,b\n,1\n", &empty).contains("a value in some row"));
    }

    #[test]
    fn no_damage_makes_it_panic() {
        for at in 0..PEOPLE.len() {
            for value in [0, 0xff, b'"', b'\n', b',', b'9', b'e', b'-', b'.'] {
                let mut damaged = PEOPLE.as_bytes().to_vec();
                damaged[at] = value;
                for bytes in [damaged.clone(), damaged[..=at].to_vec()] {
                    match Cells::parse("a.csv", bytes).and_then(|cells| mixed(&cells, None)) {
                        Ok((table, schema)) => {
                            schema.decode(table.values());
                        }
                        Err(error) => assert!(!error.to_string().contains('\n'), "{error}"),
                    }
                }
            }
        }
    }
}
