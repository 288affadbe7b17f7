//! Data of an existing model that stay on disk.

use std::cell::Cell;

use super::alignment::check_no_reweighting;
use super::{Columns, Labels, Layout, MatchOptions};
use crate::carried::Carried;
use crate::dataset::{DiskDataset, DiskDraft, Model, ReadOptions, encoded};
use crate::disk::{DiskCells, DiskOptions, RowLabels};
use crate::error::{DataError, SchemaError};
use crate::position::Position;
use crate::read::Cells;
use crate::rows::Rows;
use crate::schema::Schema;
use crate::weights::{Kept, read_weights, weight_column};

impl Layout {
    /// Opens data that stay on disk, within a memory limit, and prepares them as those that the model was
    /// trained on: bitwise the rows of [`read`](Self::read).
    ///
    /// Columns that the model does not have are carried through where they are
    /// [asked for](DiskOptions::carried).
    ///
    /// # Errors
    ///
    /// Those of [`read`](Self::read) and of [`ReadOptions::open`].
    ///
    /// ```
    /// use paysage_data::{DiskOptions, MatchOptions, Order, ReadOptions, Rows};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    /// std::fs::write(path("train.csv"), "a,b\n0,255\n255,0\n")?;
    /// std::fs::write(path("test.csv"), "b,a\n255,0\n0,255\n")?;
    /// let options = ReadOptions { scale: Some(255.0), ..ReadOptions::new(path("train.csv")) };
    /// let layout = options.read()?.layout;
    ///
    /// let test = MatchOptions::new(path("test.csv"));
    /// let test = layout.open(&test, &DiskOptions::default())?;
    /// let chunk = test.rows.chunks(Order::Stored, 2).next().unwrap()?;
    /// assert_eq!(chunk.values, [0.0, 1.0, 1.0, 0.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(
        &self,
        options: &MatchOptions,
        disk: &DiskOptions,
    ) -> Result<DiskDataset, DataError> {
        self.check_options(options)?;
        let read = self.read_options(options);
        let (label, asked) = (Cell::new(None), disk);
        let units = self.as_units();
        let model = Model {
            layout: self,
            units: &units,
            standardize: self.preparation.standardize.as_ref(),
            label: &label,
            absent: &options.absent,
            is_written: false,
        };
        let disk = &DiskOptions {
            // A column of labels is one of those that are carried through.
            carried: disk.carried || self.labels.is_some(),
            ..disk.clone()
        };
        let draft = match &self.columns {
            Columns::Mixed(schema) => self.open_mixed(schema, options, disk, model)?,
            Columns::Alignment(alignment) => match read.alignment_stream()? {
                Some(stream) => self.open_alignment(alignment, &read, options, stream, disk)?,
                None => read.open_for(disk, Some(model))?,
            },
            Columns::Units { .. } => read.open_for(disk, Some(model))?,
        };
        let DiskDraft {
            data,
            weights,
            kept,
        } = draft;
        let mut data = self.labelled(data, label.take(), options, kept.as_ref())?;
        self.check_complete(&data.rows, options)?;
        if self.has_names() {
            data.rows = data.rows.named(self.unit_names());
        }
        let data = data.weighted(weights?).finished();
        Ok(match asked.carried {
            true => data,
            false => DiskDataset {
                carried: DiskCells::default(),
                ..data
            },
        })
    }

    /// The rows with the units of their labels, which are those of this column or of a file.
    fn labelled(
        &self,
        mut data: DiskDataset,
        column: Option<usize>,
        options: &MatchOptions,
        kept: Option<&Kept>,
    ) -> Result<DiskDataset, DataError> {
        let Some(labels) = &self.labels else {
            return Ok(data);
        };
        let columns = data.carried.columns();
        let index = columns.iter().position(|(_, place)| Some(*place) == column);
        let label = index.map(|index| columns[index].0.to_owned());
        let codes = match (&options.labels, index) {
            (Some(path), _) => {
                let cells = Kept::cells(kept, path, &data.rows)?;
                let codes = self.codes(labels, &cells, options)?;
                codes.into_iter().map(RowLabels::code).collect()
            }
            (None, Some(index)) => self.column_codes(labels, &data, index, options)?,
            (None, None) => {
                self.check_unlabelled(labels, options)?;
                vec![RowLabels::code(None); data.rows.count()]
            }
        };
        if let Some(label) = label {
            data.carried.retain(&|name| name != label);
        }
        if self.has_names() && !data.rows.has_names() {
            data.rows = data.rows.named(self.unit_names());
        }
        let labels = RowLabels::of(self.label_name(), labels.classes.len(), codes);
        data.rows = data.rows.labelled(labels);
        Ok(data)
    }

    /// The code of the class of each row, from a column of cells that are read one after another.
    fn column_codes(
        &self,
        labels: &Labels,
        data: &DiskDataset,
        index: usize,
        options: &MatchOptions,
    ) -> Result<Vec<u32>, DataError> {
        let (name, place) = data.carried.columns()[index];
        let number = place + 1;
        let position = |row: usize| Position {
            column: number,
            name: (name != number.to_string()).then(|| name.to_owned()),
            ..data.rows.position(row, 0)
        };
        let file = || data.rows.source().to_owned();
        let classes = labels.by_name();
        let mut codes = Vec::with_capacity(data.rows.count());
        let mut missing = None;
        for (row, cells) in data.carried.rows().enumerate() {
            let class = classes.of(&cells?[index], || (file(), position(row)))?;
            if class.is_none() {
                missing.get_or_insert(row);
            }
            codes.push(RowLabels::code(class));
        }
        match missing {
            Some(row) if !self.may_miss_labels(options) => Err(DataError::MissingValue {
                file: file(),
                position: position(row),
            }),
            _ => Ok(codes),
        }
    }

    fn read_options(&self, options: &MatchOptions) -> ReadOptions {
        // The column of the weights is none of the model.
        let drop = options.drop.iter().chain(&options.weights).cloned();
        ReadOptions {
            array: options.array.clone(),
            scale: self.preparation.scale,
            threshold: self.preparation.threshold,
            // Where none may be missing, it is refused as in memory.
            missing: true,
            drop: drop.collect(),
            reweight: options.reweight,
            weights: options.weights.clone(),
            ..ReadOptions::new(&options.source)
        }
    }

    /// Opens cells, or units that a program has made for the model.
    fn open_mixed(
        &self,
        schema: &Schema,
        options: &MatchOptions,
        disk: &DiskOptions,
        model: Model<'_>,
    ) -> Result<DiskDraft, DataError> {
        let source = &options.source;
        check_no_reweighting(source, options.reweight)?;
        let cells = match Cells::copy(source, disk) {
            Err(DataError::Schema(SchemaError::NotMixed { .. })) => {
                return self.read_options(options).open_for(disk, Some(model));
            }
            cells => cells?,
        };
        let names = Some(&cells.names[..]);
        let drop: Vec<String> = options
            .drop
            .iter()
            .chain(&options.weights)
            .cloned()
            .collect();
        let absent = &options.absent[..];
        let choice = self.choice(source, names, cells.names.len(), (absent, &drop))?;
        let (choice, label) = choice;
        model.label.set(label);
        let encoded = encoded(&cells, schema, (absent, &choice.carried), disk);
        let (rows, carried) = encoded?;
        let mut others = cells.readable(&choice.carried);
        others.retain(|column| Some(*column) != label);
        let weights = options.weights.as_ref().map(|text| {
            let column = weight_column(Some(text), names, cells.names.len());
            match column.filter(|column| others.contains(column)) {
                Some(column) => cells.weights_of(column),
                None => {
                    let columns = others.iter().map(|&column| cells.names[column].clone());
                    read_weights(text, None, &rows, None, columns.collect())
                }
            }
        });
        let data = DiskDataset {
            rows,
            layout: self.clone(),
            carried,
            warnings: Vec::new(),
            alignment: None,
        };
        Ok(DiskDraft {
            weights: weights.transpose(),
            ..DiskDraft::of(data)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Carried;
    use crate::testing::{Desk, check_same_rows};

    fn limited(memory: u64) -> DiskOptions {
        DiskOptions {
            memory,
            ..DiskOptions::default()
        }
    }

    #[test]
    fn data_of_a_model_are_those_in_memory() {
        let desk = Desk::new();
        let train = ReadOptions {
            standardize: true,
            missing: true,
            drop: vec!["id".into()],
            ..ReadOptions::new(desk.write("train.csv", "id,a,b\n7,1,2\n8,3,6\n9,,4\n"))
        };
        let layout = train.open(&limited(1000)).unwrap().layout;
        let array = desk.npy("array.npy", 2, &[1.0, 2.0, 5.0, 4.0]);
        let wide = desk.npy("wide.npy", 3, &[9.0, 1.0, 2.0, 9.0, 5.0, 4.0]);
        for source in [
            train.source.clone(),
            desk.write("other.csv", "b,a\n2,1\n10,\n6,3\n"),
            desk.write("plain.csv", "2,1\n10,4\n6,3\n"),
            array.clone(),
            wide,
        ] {
            check_model(&layout, &MatchOptions::new(source));
        }
        for source in [
            desk.write("unknown.csv", "a,c\n1,2\n3,6\n"),
            desk.npy("wider.npy", 4, &[1.0, 2.0, 3.0, 4.0]),
            desk.write("text.csv", "a,b\n1,x\n"),
        ] {
            let options = MatchOptions::new(source);
            let expected = layout.read(&options).unwrap_err().to_string();
            let found = layout.open(&options, &limited(1000)).unwrap_err();
            assert_eq!(found.to_string(), expected);
        }
    }

    /// Checks that the rows of a model and the cells that are carried through are those in memory.
    fn check_model(layout: &Layout, options: &MatchOptions) {
        let expected = layout.read(options).unwrap();
        let disk = DiskOptions {
            carried: true,
            ..limited(20_000)
        };
        let found = layout.open(options, &disk).unwrap();
        check_same_rows(&found.rows, &expected.table);
        assert_eq!(found.layout, expected.layout);
        let cells = |carried: &dyn Carried| carried.rows().collect::<Result<Vec<_>, _>>().unwrap();
        assert_eq!(found.carried.columns(), expected.carried.columns());
        assert_eq!(found.carried.count(), expected.carried.count());
        assert_eq!(cells(&found.carried), cells(&expected.carried));
        let (mut found, mut expected) = (found.carried, expected.carried);
        for carried in [&mut found as &mut dyn Carried, &mut expected] {
            carried.retain(&|name| name != "id");
        }
        assert_eq!(cells(&found), cells(&expected));
    }

    #[test]
    fn columns_of_a_model_may_be_absent_or_carried_through() {
        let desk = Desk::new();
        let train = ReadOptions {
            drop: ["id", "note"].map(String::from).to_vec(),
            ..ReadOptions::new(
                desk.write("t.csv", "a,id,b,note,c\n1,u1,2,x,0\n3,u2,6,\"y, z\",1\n"),
            )
        };
        let layout = train.open(&limited(1000)).unwrap().layout;
        let with_gaps = desk.write("gaps.csv", "id,a,b,c,note\n7,1,2,,\n\"8\n9\",2,,4,é\n");
        let set = desk.path("set");
        std::fs::create_dir(&set).unwrap();
        for (part, text) in [("1", "id,b,c\nu1,2,3\nu2,4,5\n"), ("2", "id,b,c\nu3,,5\n")] {
            desk.write(&format!("set/{part}.csv"), text);
        }
        let array = desk.npy("two.npy", 2, &[1.0, 2.0, 5.0, 4.0]);
        let three = desk.npy("three.npy", 3, &[1.0, f32::NAN, 0.0, 3.0, 4.0, 1.0]);
        let fractions: Vec<f32> = (0..20).map(|x| x as f32 / 3.0).collect();
        let five = desk.npy("five.npy", 5, &fractions);
        let packed = {
            let bytes = std::fs::read(&array).unwrap();
            desk.write("two.npy.zst", zstd::encode_all(&bytes[..], 0).unwrap())
        };
        for (source, absent) in [
            (train.source.clone(), ""),
            (five, ""),
            (with_gaps.clone(), "b c"),
            (set.clone(), "a b"),
            (array, "a"),
            (packed, "a"),
            (three, "b c"),
        ] {
            let absent = absent.split_whitespace().map(String::from).collect();
            let options = MatchOptions::new(source);
            check_model(&layout, &MatchOptions { absent, ..options });
        }
        for (source, absent) in [(train.source, "d"), (with_gaps, "b"), (set, "a")] {
            let options = MatchOptions {
                absent: vec![absent.into()],
                ..MatchOptions::new(source)
            };
            let expected = layout.read(&options).err().map(|error| error.to_string());
            let found = layout.open(&options, &limited(1000)).err();
            assert_eq!(found.map(|error| error.to_string()), expected);
        }
    }

    #[test]
    fn labels_are_those_in_memory() {
        let desk = Desk::new();
        let classes = desk.write("l.txt", "u\nv\nv\n");
        let text = desk.write("t.csv", "id,a,b\ni,1,x\nj,3,y\nk,5,x\n");
        let train = ReadOptions {
            labels: Some(classes.clone()),
            schema: crate::SchemaSource::Infer,
            ..ReadOptions::new(text)
        };
        let mixed = train.read().unwrap().layout;
        let train = ReadOptions {
            labels: Some(classes.clone()),
            drop: vec!["id".into()],
            ..ReadOptions::new(desk.write("n.csv", "id,a,b\n7,1,0\n8,3,1\n9,5,0\n"))
        };
        let numbers = train.read().unwrap().layout;
        let unlabelled = desk.write("plain.csv", "a,b\n1,0\n3,1\n5,0\n");
        let with_column = desk.write("column.csv", "label,id,b,a\nv,4,1,2\nu,5,0,2\n");
        let unknown = desk.write("unknown.csv", "b,a,label\n1,2,w\n");
        let array = desk.npy("array.npy", 2, &[1.0, 2.0, 5.0, 4.0]);
        let narrow = desk.write("narrow.csv", "1,0,u\n3,1,v\n");
        for (layout, is_mixed) in [(&mixed, true), (&numbers, false)] {
            for (source, labels, missing) in [
                (&unlabelled, Some(&classes), false),
                (&unlabelled, None, false),
                (&unlabelled, None, true),
                (&with_column, None, false),
                (&unknown, None, false),
                (&array, None, true),
                (&narrow, None, false),
            ] {
                let options = MatchOptions {
                    labels: labels.cloned(),
                    missing,
                    ..MatchOptions::new(match is_mixed {
                        // Its categories are x and y.
                        true => {
                            let text = std::fs::read(source).unwrap();
                            let text = String::from_utf8_lossy(&text).into_owned();
                            let text = text.replace(",0", ",x").replace(",1", ",y");
                            desk.write("mixed.csv", text)
                        }
                        false => source.clone(),
                    })
                };
                match layout.read(&options) {
                    Ok(_) => check_model(layout, &options),
                    Err(expected) => {
                        let found = layout.open(&options, &limited(1000)).unwrap_err();
                        assert_eq!(found.to_string(), expected.to_string(), "{options:?}");
                    }
                }
                let opened = layout.open(&options, &limited(100_000));
                assert!(opened.is_err() || opened.unwrap().carried.columns().is_empty());
            }
        }
        let units = desk.npy("units.npy", 4, &[1.0, 0.0, 1.0, 0.0]);
        let refused = numbers.open(&MatchOptions::new(units), &limited(1000));
        assert!(refused.unwrap_err().to_string().contains("units of labels"));
    }

    /// Also where the model does not know their column.
    #[test]
    fn weights_are_those_in_memory() {
        let desk = Desk::new();
        let train = ReadOptions::new(desk.write("train.csv", "a,b\n1,2\n3,6\n"));
        let layout = train.read().unwrap().layout;
        let options = MatchOptions {
            weights: Some("w".into()),
            ..MatchOptions::new(desk.write("w.csv", "a,w,b\n1,0.5,2\n3,0,6\n5,2,1\n"))
        };
        check_model(&layout, &options);
        // A value that is missing in a row of weight 0 is refused by both.
        let gap = desk.write("gap.csv", "a,w,b\n1,0.5,2\n,0,6\n5,2,1\n");
        let options = MatchOptions {
            source: gap,
            ..options
        };
        let refused = layout.read(&options).unwrap_err().to_string();
        assert!(refused.contains("line 3, column 1"), "{refused}");
        let on_disk = layout.open(&options, &limited(1000)).unwrap_err();
        assert_eq!(on_disk.to_string(), refused);
    }

    /// Checks that data of a model are those in memory, or have the same error; whether they are read.
    fn check_either(layout: &Layout, options: &MatchOptions) -> bool {
        match layout.read(options) {
            Ok(_) => {
                check_model(layout, options);
                true
            }
            Err(expected) => {
                let found = layout.open(options, &limited(20_000)).map(|_| ());
                let found = found.unwrap_err().to_string();
                assert_eq!(found, expected.to_string(), "{options:?}");
                false
            }
        }
    }

    /// Units have no names: a column that is left out cannot be recognised.
    #[test]
    fn units_of_a_table_are_those_in_memory() {
        let desk = Desk::new();
        let train = ReadOptions {
            labels: Some(desk.write("l.txt", "u\nv\nv\n")),
            schema: crate::SchemaSource::Infer,
            ..ReadOptions::new(desk.write("t.csv", "a,b\n1.5,x\n3,y\n5,x\n"))
        };
        let layout = train.read().unwrap().layout;
        let mut is_read = Vec::new();
        for (columns, absent, weights) in [
            (2, "", None),
            (1, "a", None),
            (1, "1", None),
            (3, "", None),
            (3, "", Some("3")),
            (2, "", Some("nothing")),
        ] {
            let values: Vec<f32> = (0..2 * columns).map(|x| (x % 2) as f32).collect();
            let source = desk.npy("units.npy", columns, &values);
            let absent = absent.split_whitespace().map(String::from).collect();
            for missing in [true, false] {
                is_read.push(check_either(
                    &layout,
                    &MatchOptions {
                        absent: Vec::clone(&absent),
                        missing,
                        weights: weights.map(String::from),
                        ..MatchOptions::new(&source)
                    },
                ));
            }
        }
        assert!(is_read[0] && !is_read[1] && !is_read[2]);
        let gap = desk.npy("gap.npy", 2, &[0.5, f32::NAN]);
        let refused = layout.open(&MatchOptions::new(gap), &limited(1000));
        assert!(refused.unwrap_err().to_string().contains("labels"));
    }

    /// Values of 0 and 1 are taken as they are where the threshold of the model would make them equal.
    #[test]
    fn values_that_a_model_with_a_threshold_wrote_are_those_in_memory() {
        let desk = Desk::new();
        let gray = desk.write("gray.csv", "a,b\n0,255\n200,3\n");
        let train = ReadOptions {
            threshold: Some(127.0),
            ..ReadOptions::new(&gray)
        };
        let layout = train.read().unwrap().layout;
        let units = [0.0, 1.0, 1.0, f32::NAN];
        for (source, is_read) in [
            (desk.npy("units.npy", 2, &units), true),
            (desk.write("units.csv", "a,b\n0,1\n1,\n"), true),
            (desk.write("one.csv", "a,b\n3,4\n"), true),
            (desk.write("equal.csv", "a,b\n3,3\n3,3\n"), true),
            (desk.write("lost.csv", "a,b\n3,3\n2,3\n"), false),
            (gray, true),
        ] {
            let options = MatchOptions {
                missing: true,
                ..MatchOptions::new(source)
            };
            assert_eq!(check_either(&layout, &options), is_read, "{options:?}");
        }
    }

    /// The file was replaced by another one between the two times that it is read.
    #[test]
    fn other_values_at_the_second_reading_are_those_of_a_changed_file() {
        let desk = Desk::new();
        let plain = ReadOptions::new(desk.write("gray.csv", "a,b\n0,255\n200,3\n"));
        let layout = plain.read().unwrap().layout;
        let array = desk.npy("gray.npy", 2, &[0.0, 1.0, 1.0, 0.5]);
        let written = desk.npy("written.npy", 2, &[0.0, 1.0, f32::NAN, 1.0]);
        for (source, is_read) in [(plain.source, false), (array, false), (written, true)] {
            let options = ReadOptions {
                missing: true,
                ..ReadOptions::new(source)
            };
            let model = Model {
                layout: &layout,
                units: &layout,
                standardize: None,
                label: &Cell::new(None),
                absent: &[],
                is_written: true,
            };
            match options.open_for(&limited(1000), Some(model)) {
                Ok(_) => assert!(is_read),
                Err(error) => {
                    assert!(!is_read && error.to_string().contains("changed"), "{error}");
                }
            }
        }
    }

    /// Without a header, a column is the number that is its name, however else it may be written.
    #[test]
    fn weights_of_a_number_are_those_in_memory() {
        let desk = Desk::new();
        let plain = ReadOptions {
            weights: Some("3".into()),
            ..ReadOptions::new(desk.write("plain.csv", "1,0,1\n3,1,2\n"))
        };
        let layout = plain.read().unwrap().layout;
        for (weights, is_read) in [("3", true), ("03", false), ("+3", false), ("2", false)] {
            let options = MatchOptions {
                weights: Some(weights.into()),
                ..MatchOptions::new(&plain.source)
            };
            assert_eq!(check_either(&layout, &options), is_read, "{weights}");
        }
    }

    /// The first of two faults is that of memory.
    #[test]
    fn errors_come_in_the_order_of_those_in_memory() {
        let desk = Desk::new();
        let text = "a,b,c\n1,0,u\n3,1,v\n5,0,v\n";
        let numbers = ReadOptions::new(desk.write("n.csv", "a,b\n1,0\n3,1\n"));
        let mixed = ReadOptions {
            schema: crate::SchemaSource::Infer,
            ..ReadOptions::new(desk.write("t.csv", text))
        };
        let labelled = ReadOptions {
            labels: Some(desk.write("l.txt", "0\n1\n")),
            ..numbers.clone()
        };
        let weights = desk.write("bad.txt", "1\n-1\n");
        for (train, text) in [
            (&numbers, "a,b,w\n1,,1\n2,3,-1\n"),
            (&mixed, "a,b,c,w\n1,,u,1\n2,3,u,-1\n"),
            (&labelled, "a,b,label,w\n1,2,7,1\n2,3,1,-1\n"),
            (&labelled, "a,b,label,w\n1,2,0,1\n2,3,1,-1\n"),
        ] {
            let layout = train.read().unwrap().layout;
            let source = desk.write("data.csv", text);
            for weights in ["w", "a", "label", "nothing", &weights] {
                for missing in [false, true] {
                    let options = MatchOptions {
                        weights: Some(weights.into()),
                        drop: vec!["w".into()],
                        missing,
                        ..MatchOptions::new(&source)
                    };
                    assert!(!check_either(&layout, &options));
                }
            }
        }
        // Repeated names are refused also where the model has none.
        let plain = ReadOptions::new(desk.npy("n.npy", 2, &[0.0, 1.0]));
        let layout = plain.read().unwrap().layout;
        let source = desk.write("twice.csv", "a,a\n1,2\n");
        assert!(!check_either(&layout, &MatchOptions::new(source)));
    }
}
