//! Every question refuses a machine that cannot be normalized.

mod common;

use burn::tensor::Tensor;
use common::{mask, rows, table};
use paysage_inference::{
    ConditionalLikelihood, ConditionalSampling, Counterfactual, HiddenRepresentation, Imputation,
    InferenceError, Predictor, RowScores,
};
use paysage_kernels::RandomKey;
use paysage_layers::LayerKind;
use paysage_models::{ExactError, Silent};
use paysage_testkit::machines;

#[test]
fn machines_that_cannot_be_normalized_are_refused_by_every_question() {
    let kinds = [LayerKind::gaussian(2), LayerKind::gaussian(1)];
    let key = RandomKey::new(160);
    let mut machine = machines::chain(&kinds, 0.1, false, key);
    let weight = &mut machine.connections[0].weight;
    *weight = Tensor::full(weight.dims(), 5.0, (&weight.device(), weight.dtype()));
    let machine = &machine;
    assert!(machine.check_normalizable().is_err());

    let table = table(&[vec![0.5, f64::NAN]]);
    let (batch, observed) = (rows(&[vec![0.5, 0.0]]), mask(&[vec![true, false]]));
    let change = [1.0, f32::NAN];
    let (target, given) = ([false, true], [true, false]);
    let sampling = ConditionalSampling {
        samples: 1,
        sweeps: 1,
    };
    let likelihood = ConditionalLikelihood::default();
    let progress = &mut Silent;
    let refused = [
        (
            "impute",
            Imputation::default()
                .run(machine, &table, key, progress)
                .err(),
        ),
        (
            "impute a batch",
            Imputation::default()
                .run_batch(machine, batch.clone(), &observed, key)
                .err(),
        ),
        (
            "counterfactual",
            Counterfactual::default()
                .run(machine, &table, &change, key, progress)
                .err(),
        ),
        (
            "counterfactual of a batch",
            Counterfactual::default()
                .run_batch(machine, batch.clone(), &observed, batch.clone(), key)
                .err(),
        ),
        (
            "predict",
            Predictor::default()
                .run(machine, &table, &[1], key, progress)
                .err(),
        ),
        (
            "predict a batch",
            Predictor::default()
                .run_batch(machine, &batch, &[1], key)
                .err(),
        ),
        (
            "conditional likelihood",
            likelihood
                .run(machine, &table, &target, &given, key, progress)
                .err(),
        ),
        (
            "conditional likelihood of a batch",
            likelihood
                .run_batch(machine, &batch, &observed, &observed, key)
                .err(),
        ),
        (
            "sample",
            sampling.run(machine, &change, key, progress).err(),
        ),
        (
            "transform",
            HiddenRepresentation::default()
                .run(machine, &table, key, progress)
                .err(),
        ),
        (
            "score",
            RowScores::default()
                .run(machine, &table, key, progress)
                .err(),
        ),
    ];
    for (question, error) in refused {
        assert!(
            matches!(
                error,
                Some(InferenceError::Exact(ExactError::NotNormalizable { .. }))
            ),
            "{question}: {error:?}"
        );
    }
}
