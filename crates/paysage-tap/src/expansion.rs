//! Plefka expansion of a machine, and its derivatives.

use burn::tensor::Tensor;
use paysage_layers::{CavityFields, Cumulants, NaturalParameters, RowAverage, Tap};
use paysage_models::{BoltzmannMachine, Gradient, ParameterId};

use crate::{
    Order,
    pair::{End, Pair},
    side::Side,
    triangle::Triangle,
};

/// Plefka expansion: Γ of a machine to some order in its weights, at given moments of all units,
///
/// Γ = Σ S − ⟨H⟩ + ⟨r⟩ᵀW⟨r⟩′ + ½⟨(δᵀWδ′)²⟩ + ⅙⟨(δᵀWδ′)³⟩ + tr(C₁W₁₂C₂W₂₃C₃W₃₁) + …,
///
/// summed over layers, connections (by pairs of units or sites) and triangles of layers, with the
/// deviations δ = r − ⟨r⟩ of independent units and their covariances C. −Γ is the TAP free energy; the
/// maximum of Γ estimates ln Z.
///
/// Plefka, "Convergence condition of the TAP equation for the infinite-ranged Ising spin glass
/// model", 1982; Georges & Yedidia, "How to expand around mean-field theory using high-temperature
/// expansions", 1991; for machines: Gabrié, Tramel & Krzakala, "Training restricted Boltzmann
/// machines via the Thouless-Anderson-Palmer free energy", 2015, and Tramel, Gabrié, Manoel,
/// Caltagirone & Krzakala, "A deterministic and generalized framework for unsupervised learning with
/// restricted Boltzmann machines", 2018.
pub struct PlefkaExpansion<'a, L: Tap> {
    machine: &'a BoltzmannMachine<L>,
    /// Layers with given states, which have no entropy.
    clamped: Vec<usize>,
    pairs: Vec<Pair>,
    triangles: Vec<Triangle>,
}

impl<'a, L: Tap> PlefkaExpansion<'a, L> {
    /// The expansion of a machine with some layers clamped.
    #[must_use]
    pub fn new(machine: &'a BoltzmannMachine<L>, order: Order, clamped: &[usize]) -> Self {
        let connections = machine.connections.iter();
        let pairs = connections.map(|c| Pair::new(c.weight.clone(), order));
        let triangles = match order {
            Order::Third => triangles(machine),
            _ => Vec::new(),
        };
        Self {
            machine,
            clamped: clamped.to_vec(),
            pairs: pairs.collect(),
            triangles,
        }
    }

    /// The machine.
    #[must_use]
    pub fn machine(&self) -> &'a BoltzmannMachine<L> {
        self.machine
    }

    /// Whether a layer is clamped.
    #[must_use]
    pub fn is_clamped(&self, layer: usize) -> bool {
        self.clamped.contains(&layer)
    }

    /// Γ at given cumulants of every layer (`[batch, units]` each), in nats: `[batch]`.
    #[must_use]
    pub fn value(&self, point: &[Cumulants]) -> Tensor<1> {
        let terms = self.terms(point).into_iter();
        terms
            .reduce(|sum, term| sum + term)
            .expect("the term of independent units")
    }

    /// The terms of Γ by their order in the weights, beginning with that of independent units, in
    /// nats: `[batch]` each.
    #[must_use]
    pub fn terms(&self, point: &[Cumulants]) -> Vec<Tensor<1>> {
        let sides = self.sides(point);
        let layers = self.machine.layers.iter().zip(point).enumerate();
        let layers = layers.map(|(l, (layer, at))| {
            if self.is_clamped(l) {
                let weight = -layer.energy(at.mean.clone());
                match layer.log_base_measure(at.mean.clone()) {
                    Some(log_base_measure) => weight + log_base_measure,
                    None => weight,
                }
            } else {
                layer.entropy(at)
            }
        });
        let alone = layers
            .reduce(|sum, term| sum + term)
            .expect("a machine has a layer");
        let sum = |x: Tensor<2>| x.sum_dim(1).squeeze_dim::<1>(1);
        let mut terms = vec![alone];
        for (c, pair) in self.machine.connections.iter().zip(&self.pairs) {
            let (left, right) = (&sides[c.target], &sides[c.domain]);
            let cavity = pair.cavity_fields(left, right, End::Left);
            let of_pair = [
                Some(cavity.field * left.seen.clone()),
                cavity.second.map(|slope| slope * left.second.clone()),
                cavity.third.map(|slope| slope * left.third.clone()),
            ];
            for (order, term) in of_pair.into_iter().flatten().enumerate() {
                add_term(&mut terms, order + 1, sum(term));
            }
        }
        for triangle in &self.triangles {
            let around = triangle.layers.map(|layer| &sides[layer]);
            add_term(&mut terms, 3, triangle.value(around));
        }
        terms
    }

    /// Derivatives of the interaction terms of Γ in the cumulants of a layer.
    #[must_use]
    pub fn cavity_fields(&self, layer: usize, point: &[Cumulants]) -> CavityFields {
        self.cavity_fields_of(layer, &self.sides(point))
    }

    /// Right-hand side of the TAP equations of a layer: the natural parameters that its neighbours
    /// require. At a stationary point of Γ they are those of the layer.
    #[must_use]
    pub fn self_consistency(&self, layer: usize, point: &[Cumulants]) -> NaturalParameters {
        let cavity = self.cavity_fields(layer, point);
        self.machine.layers[layer].self_consistency(&point[layer], &cavity)
    }

    /// ∂Γ/∂⟨r⟩ of a layer at fixed variances, and ∂Γ/∂κ₂ where variances are independent moments; zero
    /// at a stationary point. Of a one-hot site only differences are defined.
    #[must_use]
    pub fn gradient_in_moments(&self, layer: usize, point: &[Cumulants]) -> NaturalParameters {
        let (wanted, own) = (
            self.self_consistency(layer, point),
            self.machine.layers[layer].natural_parameters(&point[layer]),
        );
        let zero = |like: &Tensor<2>| like.zeros_like();
        NaturalParameters {
            curvature: own.curvature.map(|own| {
                let wanted = wanted.curvature.unwrap_or_else(|| zero(&own));
                (wanted - own) * 0.5
            }),
            field: wanted.field - own.field,
        }
    }

    /// −∂Γ/∂θ at fixed moments, averaged over the rows, for every parameter that is not frozen. At
    /// stationary points it is the estimate of ⟨∂E⟩ = −∂ ln Z/∂θ.
    #[must_use]
    pub fn gradient(&self, point: &[Cumulants], rows: &RowAverage) -> Gradient {
        let (machine, sides) = (self.machine, self.sides(point));
        let mut gradient = Gradient::default();
        for (l, (layer, at)) in machine.layers.iter().zip(point).enumerate() {
            let cavity = self.cavity_fields_of(l, &sides);
            let of_layer = layer.expansion_gradient(at, &cavity, rows);
            for (name, derivative) in of_layer {
                let id = ParameterId::layer(l, name);
                gradient.vectors.insert(id, derivative.compute());
            }
        }
        for (c, (connection, pair)) in machine.connections.iter().zip(&self.pairs).enumerate() {
            let [target, domain] = [connection.target, connection.domain];
            let mut sum = pair.gradient(&sides[target], &sides[domain], rows);
            for triangle in &self.triangles {
                let around = triangle.layers.map(|layer| &sides[layer]);
                for (at, &layer) in triangle.layers.iter().enumerate() {
                    let next = triangle.layers[(at + 1) % 3];
                    if (layer, next) == (target, domain) {
                        sum = sum + triangle.gradient(around, at, rows);
                    } else if (layer, next) == (domain, target) {
                        sum = sum + triangle.gradient(around, at, rows).transpose();
                    }
                }
            }
            gradient.matrices.insert(ParameterId::weight(c), -sum);
        }
        machine.without_frozen(gradient)
    }

    fn sides(&self, point: &[Cumulants]) -> Vec<Side> {
        let layers = self.machine.layers.iter().zip(point);
        layers.map(|(layer, at)| Side::new(layer, at)).collect()
    }

    fn cavity_fields_of(&self, layer: usize, sides: &[Side]) -> CavityFields {
        let pairs = self.machine.connections.iter().zip(&self.pairs);
        let pairs = pairs.filter_map(|(c, pair)| {
            let (left, right) = (&sides[c.target], &sides[c.domain]);
            match layer {
                _ if c.target == layer => Some(pair.cavity_fields(left, right, End::Left)),
                _ if c.domain == layer => Some(pair.cavity_fields(left, right, End::Right)),
                _ => None,
            }
        });
        let alone = || CavityFields {
            field: sides[layer].seen.zeros_like(),
            second: None,
            third: None,
        };
        let mut cavity = pairs.reduce(add).unwrap_or_else(alone);
        for triangle in &self.triangles {
            if let Some(at) = triangle.layers.iter().position(|&l| l == layer) {
                let slope = triangle.slope(triangle.layers.map(|l| &sides[l]), at);
                cavity.second = sum(cavity.second, Some(slope));
            }
        }
        cavity
    }
}

fn add_term(terms: &mut Vec<Tensor<1>>, order: usize, term: Tensor<1>) {
    match terms.get_mut(order) {
        Some(sum) => sum.inplace(|sum| sum + term),
        None => terms.push(term),
    }
}

fn add(left: CavityFields, right: CavityFields) -> CavityFields {
    CavityFields {
        field: left.field + right.field,
        second: sum(left.second, right.second),
        third: sum(left.third, right.third),
    }
}

fn sum(left: Option<Tensor<2>>, right: Option<Tensor<2>>) -> Option<Tensor<2>> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left + right),
        (left, right) => left.or(right),
    }
}

fn triangles<L: Tap>(machine: &BoltzmannMachine<L>) -> Vec<Triangle> {
    let count = machine.layers.len();
    let weight = |from: usize, to: usize| {
        let mut connections = machine.connections.iter();
        connections.find_map(|c| match (c.target, c.domain) {
            ends if ends == (from, to) => Some(c.weight.clone()),
            ends if ends == (to, from) => Some(c.weight.clone().transpose()),
            _ => None,
        })
    };
    let mut triangles = Vec::new();
    for a in 0..count {
        for b in a + 1..count {
            for c in b + 1..count {
                if let (Some(ab), Some(bc), Some(ca)) = (weight(a, b), weight(b, c), weight(c, a)) {
                    triangles.push(Triangle {
                        layers: [a, b, c],
                        weights: [ab, bc, ca],
                    });
                }
            }
        }
    }
    triangles
}
