//! Test of all kernels with each set of instructions of this processor.
//!
//! Rust neither fuses nor reorders operations on floating-point numbers, so the results are the same bits.

use std::cell::Cell;

use pulp::Arch;

use crate::{
    AdamStep, RandomKey, RectifiedQuantity,
    cpu::{
        adam::adam,
        add::{add_outer, add_scaled},
        bernoulli::Bernoulli,
        binary::{self, Outer},
        categorical::Categorical,
        gaussian::{self, Gaussian},
        instructions::{self, Kernel, Vectors},
        lanes::Matrix,
        log_products::log_products,
        per_row::PerRow,
        real::Real,
        rectified::{Rectified, SideGroup},
        vector,
    },
};

thread_local! {
    /// The set for the kernels of this thread, if not the widest.
    static CHOICE: Cell<Option<Arch>> = const { Cell::new(None) };
}

/// The set for the kernels of this thread.
pub(super) fn of_this_thread() -> Arch {
    CHOICE.get().unwrap_or_default()
}

/// The sets of this processor, first the portable one.
fn available() -> Vec<Arch> {
    let mut sets = vec![Arch::Scalar];
    #[cfg(target_arch = "x86_64")]
    {
        sets.extend(pulp::x86::V3::try_new().map(Arch::V3));
        sets.extend(pulp::x86::V4::try_new().map(Arch::V4));
    }
    #[cfg(not(target_arch = "x86_64"))]
    sets.push(Arch::new());
    sets
}

/// Runs some work, and the kernels in it, on two threads with one set of instructions.
fn with<R: Send>(set: Arch, work: impl FnOnce() -> R + Send) -> R {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(2)
        .start_handler(move |_| CHOICE.set(Some(set)))
        .build();
    pool.expect("two threads").install(work)
}

/// More rows than one task has, and no whole number of vectors.
const ROWS: usize = 150;
const COLUMNS: usize = 77;
const KEY: RandomKey = RandomKey::new(5);

/// Numbers in [−2, 2).
fn numbers(count: usize) -> Vec<f32> {
    let number = |i: usize| (i * 7919 + i / 3) % 1999;
    (0..count).map(|i| number(i) as f32 / 500.0 - 2.0).collect()
}

/// Zeros and ones, of which one in `gap` is 1.
fn binary_numbers(count: usize, gap: usize) -> Vec<f32> {
    let is_one = |i: usize| ((i * 7919 + i / 3) % 1999).is_multiple_of(gap);
    (0..count).map(|i| f32::from(u8::from(is_one(i)))).collect()
}

fn betas() -> Vec<f32> {
    (0..ROWS).map(|row| 0.1 + row as f32 / 100.0).collect()
}

fn assert_same_bits<F: Real>(kernel: &str, work: impl Fn() -> Vec<F> + Sync) {
    let bits = |set| {
        let results = with(set, &work).into_iter();
        let bits = results.map(|x| Into::<f64>::into(x).to_bits());
        bits.collect::<Vec<_>>()
    };
    let portable = bits(Arch::Scalar);
    assert!(!portable.is_empty(), "{kernel}");
    for set in available().into_iter().skip(1) {
        assert!(bits(set) == portable, "{kernel} with {set:?}");
    }
}

/// The same for a kernel that works in the buffer of the fields.
fn assert_same_bits_in_place(kernel: &str, work: impl Fn(&mut [f32]) + Sync) {
    let fields = numbers(ROWS * COLUMNS);
    assert_same_bits(kernel, || {
        let mut values = fields.clone();
        work(&mut values);
        assert!(values != fields, "{kernel}");
        values
    });
}

struct Name;

impl Kernel for Name {
    type Output = &'static str;

    #[inline(always)]
    fn run<V: Vectors>(self, _: V) -> &'static str {
        std::any::type_name::<V>()
    }
}

#[test]
fn each_set_runs_its_own_implementation() {
    for set in available() {
        let implementation = match set {
            #[cfg(target_arch = "x86_64")]
            Arch::V3(_) | Arch::V4(_) => "Avx",
            _ => "Portable",
        };
        let name = with(set, || instructions::run(Name));
        assert!(name.ends_with(implementation), "{name} with {set:?}");
    }
}

#[test]
fn products_have_the_same_bits() {
    // Tables of four, five and six bits, and gathered rows, in one block and in several.
    let cases = [
        [40, 70, 33, 2],
        [300, 20, 70, 2],
        [401, 30, 40, 2],
        [300, 70, 70, 20],
    ];
    for [batch, rows, columns, gap] in cases {
        let (states, values) = (binary_numbers(batch * rows, gap), numbers(rows * columns));
        assert_same_bits("times", || {
            let straight = Matrix::new(&values, [rows, columns]);
            let turned = Matrix::new(&values, [columns, rows]).transposed();
            let product = |matrix| binary::times(&states, matrix, batch).expect("binary states");
            [straight, turned].map(product).concat()
        });
        let states = binary_numbers(rows * batch, gap);
        assert_same_bits("outer_sum", || {
            let terms = [1.0, -0.3].map(|scale| Outer {
                left: &states,
                right: Matrix::new(&values, [rows, columns]),
                scale,
            });
            binary::outer_sum(&terms, batch).expect("binary states")
        });
    }
    let (row, values) = (numbers(ROWS), numbers(ROWS * COLUMNS));
    assert_same_bits("product of a row", || {
        let straight = vector::times(&row, Matrix::new(&values, [ROWS, COLUMNS]));
        let turned = Matrix::new(&values, [COLUMNS, ROWS]).transposed();
        [straight, vector::times(&row, turned)].concat()
    });
}

#[test]
fn sums_have_the_same_bits() {
    let (direction, column) = (numbers(ROWS * COLUMNS), numbers(ROWS));
    assert_same_bits_in_place("add_scaled", |values| add_scaled(values, &direction, 0.3));
    assert_same_bits_in_place("add_outer", |values| {
        add_outer(values, &column, &direction[..COLUMNS]);
    });
    let step = AdamStep {
        decay_first: 0.9,
        decay_second: 0.999,
        epsilon: 1e-8,
        time: 3,
        rate: 0.1,
    };
    let squares: Vec<f32> = direction.iter().map(|x| x * x).collect();
    for part in 0..3 {
        assert_same_bits_in_place("adam", |values| {
            let (mut first, mut second) = (direction.clone(), squares.clone());
            let gradient = values.to_vec();
            adam(values, &gradient, &mut first, &mut second, step);
            values.copy_from_slice([&values[..], &first, &second][part].to_vec().as_slice());
        });
    }
}

#[test]
fn bernoulli_units_have_the_same_bits() {
    let (loc, betas) = (numbers(COLUMNS), betas());
    for beta in [PerRow::Shared(0.7), PerRow::Each(&betas)] {
        let units = Bernoulli { loc: &loc, beta };
        assert_same_bits_in_place("Bernoulli mean", |values| units.mean(values));
        assert_same_bits_in_place("Bernoulli sample", |values| units.sample(values, KEY));
        let fields = numbers(ROWS * COLUMNS);
        assert_same_bits("Bernoulli log partition", || units.log_partition(&fields));
    }
    let double = |values: Vec<f32>| values.into_iter().map(f64::from).collect::<Vec<_>>();
    let (fields, loc) = (double(numbers(ROWS * COLUMNS)), double(loc));
    let beta = PerRow::Shared(0.7);
    let units = Bernoulli { loc: &loc, beta };
    assert_same_bits("log partition in f64", || units.log_partition(&fields));
}

#[test]
fn categorical_sites_have_the_same_bits() {
    let (loc, betas) = (numbers(COLUMNS), betas());
    for beta in [PerRow::Shared(0.7), PerRow::Each(&betas)] {
        let sites = Categorical {
            loc: &loc,
            states: 7,
            beta,
        };
        assert_same_bits_in_place("categorical mean", |values| sites.mean(values));
        assert_same_bits_in_place("categorical sample", |values| sites.sample(values, KEY));
        let fields = numbers(ROWS * COLUMNS);
        assert_same_bits("categorical log partition", || sites.log_partition(&fields));
    }
}

#[test]
fn uniform_and_normal_numbers_have_the_same_bits() {
    assert_same_bits_in_place("uniform", |values| gaussian::uniform(values, COLUMNS, KEY));
    assert_same_bits_in_place("normal", |values| gaussian::normal(values, COLUMNS, KEY));
    let (loc, deviation, scales) = (numbers(COLUMNS), numbers(COLUMNS), betas());
    for scale in [PerRow::Shared(0.7), PerRow::Each(&scales)] {
        let units = Gaussian {
            loc: &loc,
            deviation: &deviation,
            scale,
        };
        assert_same_bits_in_place("Gaussian sample", |values| units.sample(values, KEY));
    }
}

#[test]
fn rectified_units_have_the_same_bits() {
    let (loc, fields, root_betas) = (numbers(COLUMNS), numbers(ROWS * COLUMNS), betas());
    let gamma: Vec<f32> = loc.iter().map(|loc| 2.5 + loc).collect();
    let plus = SideGroup::all(&loc, &gamma);
    let minus = SideGroup::all(&gamma, &gamma);
    for minus in [None, Some(&minus[..])] {
        let units = Rectified {
            plus: &plus,
            minus,
            units: COLUMNS,
            root_beta: PerRow::Each(&root_betas),
        };
        for quantity in [
            RectifiedQuantity::LogIntegral,
            RectifiedQuantity::Probability,
            RectifiedQuantity::Mean,
            RectifiedQuantity::Variance,
            RectifiedQuantity::RawMoments,
        ] {
            let name = format!("{quantity:?}");
            assert_same_bits(&name, || units.compute(quantity, &fields));
        }
    }
}

#[test]
fn logarithms_of_products_have_the_same_bits() {
    let positive = |count| numbers(count).into_iter().map(|x| f64::from(x) + 2.5);
    let factors: Vec<f64> = positive(15).collect();
    let points: Vec<f64> = positive(8 * 45).collect();
    let (points, _) = points.as_chunks::<8>();
    assert_same_bits("log_products", || log_products(&factors, 5, points));
}
