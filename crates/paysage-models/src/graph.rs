//! The graph of layers and connections.

use paysage_layers::Layer;

use crate::{BoltzmannMachine, MachineError};

impl<L: Layer> BoltzmannMachine<L> {
    /// Whether two layers are connected.
    #[must_use]
    pub fn connected(&self, first: usize, second: usize) -> bool {
        self.connections
            .iter()
            .any(|c| c.touches(first) && c.touches(second) && first != second)
    }

    /// The layers in groups that may be updated together, because no two of a group are connected.
    ///
    /// The groups are in the order of a sweep that starts from known visible units: the one that
    /// holds the first visible layer comes last. For a chain they are the odd and the even layers.
    #[must_use]
    pub fn blocks(&self) -> Vec<Vec<usize>> {
        let mut blocks: Vec<Vec<usize>> = Vec::new();
        for layer in self.breadth_first() {
            let free = |block: &&mut Vec<usize>| block.iter().all(|&l| !self.connected(l, layer));
            match blocks.iter_mut().find(free) {
                Some(block) => block.push(layer),
                None => blocks.push(vec![layer]),
            }
        }
        blocks.rotate_left(1);
        for block in &mut blocks {
            block.sort_unstable();
        }
        blocks
    }

    /// Checks that no two hidden layers are connected, so that they are independent given the
    /// visible ones.
    ///
    /// # Errors
    ///
    /// [`MachineError::HiddenConnected`] with two layers that are, as in a deep machine.
    pub fn check_restricted(&self) -> Result<(), MachineError> {
        let hidden = |layer| !self.visible.contains(&layer);
        let mut ends = self.connections.iter().map(|c| (c.target, c.domain));
        match ends.find(|&(first, second)| hidden(first) && hidden(second)) {
            Some((first, second)) => Err(MachineError::HiddenConnected { first, second }),
            None => Ok(()),
        }
    }

    /// Whether no two hidden layers are connected; see [`check_restricted`](Self::check_restricted).
    #[must_use]
    pub fn is_restricted(&self) -> bool {
        self.check_restricted().is_ok()
    }

    /// Some layers in groups that no connection joins, each in order: without the others, the groups
    /// are independent of one another.
    pub(crate) fn components(&self, layers: &[usize]) -> Vec<Vec<usize>> {
        let mut components: Vec<Vec<usize>> = Vec::new();
        for &layer in layers {
            let joined = |c: &Vec<usize>| c.iter().any(|&other| self.connected(layer, other));
            let (touched, mut apart): (Vec<_>, Vec<_>) = components.into_iter().partition(joined);
            let mut component: Vec<usize> = touched.into_iter().flatten().collect();
            component.push(layer);
            component.sort_unstable();
            apart.push(component);
            components = apart;
        }
        components.sort_unstable();
        components
    }

    /// All layers in order of distance from the first visible one; greedy coloring in this order
    /// finds the two colors of any connected two-colorable graph.
    fn breadth_first(&self) -> Vec<usize> {
        let mut order = Vec::new();
        let starts = self.visible.iter().copied().chain(0..self.layers.len());
        for start in starts {
            if order.contains(&start) {
                continue;
            }
            let mut next = order.len();
            order.push(start);
            while next < order.len() {
                for layer in 0..self.layers.len() {
                    if self.connected(order[next], layer) && !order.contains(&layer) {
                        order.push(layer);
                    }
                }
                next += 1;
            }
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use paysage_kernels::default_device;
    use paysage_layers::Bernoulli;

    use super::*;
    use crate::Connection;

    fn machine(
        layers: usize,
        edges: &[(usize, usize)],
        visible: Vec<usize>,
    ) -> BoltzmannMachine<Bernoulli> {
        let device = default_device().expect("a backend");
        let units = (0..layers).map(|_| Bernoulli::new(1, &device)).collect();
        let connections = edges
            .iter()
            .map(|&(t, d)| Connection::zeros((t, 1), (d, 1), &device))
            .collect();
        BoltzmannMachine::new(units, connections, visible).expect("valid")
    }

    #[test]
    fn a_chain_falls_into_odd_and_even() {
        let chain = machine(5, &[(0, 1), (1, 2), (2, 3), (3, 4)], vec![0]);
        assert_eq!(chain.blocks(), [vec![1, 3], vec![0, 2, 4]]);
    }

    #[test]
    fn skips_and_triangles_get_the_blocks_they_need() {
        let triangle = machine(3, &[(0, 1), (1, 2), (0, 2)], vec![0]);
        assert_eq!(triangle.blocks(), [vec![1], vec![2], vec![0]]);
        let joined = machine(3, &[(0, 1), (2, 1)], vec![0, 2]);
        assert_eq!(joined.blocks(), [vec![1], vec![0, 2]]);
        let apart = machine(4, &[(0, 1), (2, 3)], vec![0]);
        assert_eq!(apart.blocks(), [vec![1, 3], vec![0, 2]]);
        assert_eq!(apart.components(&[0, 1, 2, 3]), [vec![0, 1], vec![2, 3]]);
        assert_eq!(apart.components(&[0, 3]), [vec![0], vec![3]]);
        assert_eq!(joined.components(&[0, 2, 1]), [vec![0, 1, 2]]);
    }
}
