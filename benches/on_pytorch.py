"""PyTorch's side of `beside_pytorch.py`: runs one benchmark for each line of its input.

    python3 benches/on_pytorch.py DEVICE THREADS

A line is `device`, or one of those of `on_request.rs`. The answer is a line of JSON: about PyTorch and its device, or
for each precision the time in microseconds and the fastest formulation. A line `error: ...` ends the program.
"""

import json
import statistics
import sys
import time
from pathlib import Path


# Sweeps of a call, and of a CUDA graph.
SWEEPS = 10


def main():
    try:
        answer(sys.argv[1], int(sys.argv[2]))
    except Problem as problem:
        print(f"error: {problem}", flush=True)
        sys.exit(1)


def answer(kind, threads):
    try:
        import torch
    except ImportError as error:
        raise Problem(f"PyTorch cannot be imported: {error}") from error
    if kind == "cuda" and not torch.cuda.is_available():
        raise Problem("--device cuda: PyTorch finds no GPU (torch.cuda.is_available() is false)")
    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    device = torch.device(kind)
    place = Cuda(torch) if kind == "cuda" else Cpu(torch)
    works = {"sweep": sweeps, "impute": clamped_sweeps, "potts": potts_sweeps}
    works |= {"tempering": tempering, "tap": tap, "pcd": pcd, "ais": ais}
    divisors = {"sweep": SWEEPS, "impute": SWEEPS, "potts": SWEEPS}

    for line in sys.stdin:
        request, *sizes = line.split()
        if request == "device":
            about = {"version": torch.__version__, "name": place.name(), "precisions": list(place.precisions)}
            print(json.dumps(about), flush=True)
            continue
        fastest = {}
        for precision, setting in place.precisions.items():
            torch.set_float32_matmul_precision(setting)
            times = {}
            for sampling, draw in {"rand": by_rand, "bernoulli": by_bernoulli}.items():
                work, result = works[request](torch, device, draw, *map(int, sizes))
                for mode in place.modes:
                    way = f"{sampling}, {mode}" if mode else sampling
                    try:
                        call = place.prepared(work, mode)
                        time_of_call = place.once(call) if request == "ais" else place.median(call)
                        times[way] = time_of_call / divisors.get(request, 1)
                        check(torch, result)
                    except RuntimeError as error:
                        first = str(error).partition("\n")[0]
                        raise Problem(f"{line.strip()}: PyTorch, {precision}, {way}: {first}") from error
            fastest[precision] = min((time, way) for way, time in times.items())
        print(json.dumps(fastest), flush=True)


class Problem(Exception):
    """A line for the user."""


class Cpu:
    """Single calls on the threads of a CPU."""

    precisions = {"f32": "highest"}
    modes = [""]

    def __init__(self, torch):
        self.torch = torch

    def name(self):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return f"{line.partition(':')[2].strip()}, {self.torch.get_num_threads()} threads"
        return f"CPU, {self.torch.get_num_threads()} threads"

    def prepared(self, work, mode):
        return work

    def wait(self):
        """A CPU has finished when a call returns."""

    def group(self, call, count):
        """Microseconds for each of so many calls."""
        self.wait()
        before = time.perf_counter()
        for _ in range(count):
            call()
        self.wait()
        return 1e6 * (time.perf_counter() - before) / count

    def calls(self, call):
        """The number of calls that are timed as one."""
        return 1

    def median(self, call, span=0.5):
        self.group(call, 3)
        count, times, started = self.calls(call), [], time.perf_counter()
        while time.perf_counter() - started < span or len(times) < 5:
            times.append(self.group(call, count))
        return statistics.median(times)

    def once(self, call):
        return self.group(call, 1)


class Cuda(Cpu):
    """Calls in groups, eager or replayed as a CUDA graph."""

    precisions = {"f32": "highest", "TF32": "high"}
    modes = ["eager", "graph"]

    def name(self):
        return self.torch.cuda.get_device_name()

    def prepared(self, work, mode):
        return work if mode == "eager" else self.captured(work)

    def captured(self, work):
        """Replays of a call. Calls on another stream come first, as PyTorch asks for."""
        cuda = self.torch.cuda
        beside = cuda.Stream()
        beside.wait_stream(cuda.current_stream())
        with cuda.stream(beside):
            for _ in range(2):
                work()
        cuda.current_stream().wait_stream(beside)
        graph = cuda.CUDAGraph()
        with cuda.graph(graph):
            work()
        return graph.replay

    def wait(self):
        self.torch.cuda.synchronize()

    def calls(self, call, span=0.05):
        """As many as take this many seconds, so that the wait at their end does not count."""
        return max(1, int(1e6 * span / self.group(call, 10)))

    def once(self, call):
        # The first run selects kernels and allocates memory.
        self.group(call, 1)
        return self.group(call, 1)


def check(torch, result):
    """Reads a result back: a time without one says nothing."""
    values = result.flatten()[:1024].double().cpu()
    if not bool(torch.isfinite(values).all()):
        raise RuntimeError("the result is not finite")


def by_rand(torch, field, out):
    return torch.lt(torch.rand_like(field), field.sigmoid_(), out=out)


def by_bernoulli(torch, field, out):
    return torch.bernoulli(field.sigmoid_(), out=out)


def machine(torch, device, visible, hidden):
    """Weights of the magnitude of trained ones, and biases."""
    weight = 0.05 * torch.randn(visible, hidden, device=device)
    return weight, torch.zeros(visible, device=device), torch.zeros(hidden, device=device)


def binary(torch, device, rows, units):
    return (torch.rand(rows, units, device=device) < 0.3).float()


def sweeps(torch, device, draw, visible, hidden, batch):
    """Gibbs sweeps, and where their states are."""
    weight, loc_v, loc_h = machine(torch, device, visible, hidden)
    v, h = binary(torch, device, batch, visible), binary(torch, device, batch, hidden)
    field_v, field_h = torch.empty_like(v), torch.empty_like(h)

    def work():
        for _ in range(SWEEPS):
            draw(torch, torch.addmm(loc_h, v, weight, out=field_h), h)
            draw(torch, torch.addmm(loc_v, h, weight.T, out=field_v), v)

    return work, v


def clamped_sweeps(torch, device, draw, visible, hidden, batch):
    """Gibbs sweeps with every other visible unit clamped."""
    weight, loc_v, loc_h = machine(torch, device, visible, hidden)
    v, h = binary(torch, device, batch, visible), binary(torch, device, batch, hidden)
    field_v, field_h, drawn = torch.empty_like(v), torch.empty_like(h), torch.empty_like(v)
    is_clamped = torch.arange(visible, device=device) % 2 == 1

    def work():
        for _ in range(SWEEPS):
            draw(torch, torch.addmm(loc_h, v, weight, out=field_h), h)
            draw(torch, torch.addmm(loc_v, h, weight.T, out=field_v), drawn)
            v.copy_(torch.where(is_clamped, v, drawn))

    return work, v


def potts_sweeps(torch, device, draw, visible, hidden, batch, states):
    """Gibbs sweeps of one-hot visible sites: the state that is first of times with these rates, as in multinomial."""
    weight, loc_v, loc_h = machine(torch, device, visible, hidden)
    v, h = torch.zeros(batch, visible, device=device), binary(torch, device, batch, hidden)
    field_v, field_h = torch.empty_like(v), torch.empty_like(h)
    sites, fields = v.view(-1, states), field_v.view(-1, states)
    rates, times = torch.empty_like(fields), torch.empty_like(fields)
    chosen = torch.zeros(len(fields), 1, dtype=torch.int64, device=device)
    numbers = torch.arange(states, device=device)

    def work():
        for _ in range(SWEEPS):
            draw(torch, torch.addmm(loc_h, v, weight, out=field_h), h)
            torch.addmm(loc_v, h, weight.T, out=field_v)
            torch.softmax(fields, 1, out=rates)
            torch.argmax(rates.div_(times.exponential_()), 1, keepdim=True, out=chosen)
            torch.eq(chosen, numbers, out=sites)

    return work, v


def tempering(torch, device, draw, visible, hidden, chains, replicas):
    """A step of parallel tempering: a sweep at the temperature of each replica, energies, and swaps of neighbours."""
    weight, loc_v, loc_h = machine(torch, device, visible, hidden)
    rows = chains * replicas
    v, h = binary(torch, device, rows, visible), binary(torch, device, rows, hidden)
    field_v, field_h = torch.empty_like(v), torch.empty_like(h)
    # The replicas of a chain are neighbouring rows.
    beta = torch.linspace(1, 0.1, replicas, device=device).repeat(chains).unsqueeze(1)
    lower = torch.arange(rows, device=device).view(chains, replicas)
    pairs = [lower[:, first : first + (replicas - first) // 2 * 2].reshape(-1, 2) for first in (0, 1)]
    steps = beta[pairs[0][:, 0], 0] - beta[pairs[0][:, 1], 0], beta[pairs[1][:, 0], 0] - beta[pairs[1][:, 1], 0]

    def work():
        draw(torch, torch.addmm(loc_h, v, weight, out=field_h).mul_(beta), h)
        torch.addmm(loc_v, h, weight.T, out=field_v)
        draw(torch, field_v * beta, v)
        energy = -(v * field_v).sum(1) - h @ loc_h
        for of_pair, step in zip(pairs, steps):
            first, second = of_pair[:, 0], of_pair[:, 1]
            log_accept = step * (energy[first] - energy[second])
            swaps = torch.rand_like(log_accept).log_() < log_accept
            source = torch.arange(rows, device=device)
            source[first] = torch.where(swaps, second, first)
            source[second] = torch.where(swaps, first, second)
            v.copy_(v[source])
            h.copy_(h[source])
            energy = energy[source]

    return work, v


def tap(torch, device, draw, visible, hidden, batch, iterations):
    """A training step by damped iterations of the second-order TAP expansion, and the weights."""
    weight, loc_v, loc_h = machine(torch, device, visible, hidden)
    square, gradient, reaction, rate = torch.empty_like(weight), torch.empty_like(weight), torch.empty_like(weight), 1e-3
    rows = binary(torch, device, batch, visible)
    v, h = torch.empty_like(rows), binary(torch, device, batch, hidden)
    field_v, field_h, means = torch.empty_like(v), torch.empty_like(h), torch.empty_like(h)
    target_v, target_h = torch.empty_like(v), torch.empty_like(h)

    def update(loc, other, weight, square, own, field, target):
        reaction = ((1 - other).mul_(other) @ square).mul_(1 - 2 * own)
        torch.addmm(loc, other, weight, out=target).add_(reaction)
        torch.sigmoid(field.lerp_(target, 0.5), out=own)

    def work():
        torch.square(weight, out=square).mul_(0.5)
        v.copy_(rows)
        field_v.zero_()
        torch.addmm(loc_h, v, weight, out=field_h)
        torch.sigmoid(field_h, out=h)
        means.copy_(h)
        for _ in range(iterations):
            update(loc_h, v, weight, square, h, field_h, target_h)
            update(loc_v, h, weight.T, square.T, v, field_v, target_v)
        torch.mm((v * (1 - v)).T, h * (1 - h), out=reaction)
        torch.mm(rows.T, means, out=gradient)
        gradient.addmm_(v.T, h, alpha=-1).addcmul_(reaction, weight, value=-1)
        weight.add_(gradient, alpha=rate / batch)
        loc_v.add_(rows.mean(0) - v.mean(0), alpha=rate)
        loc_h.add_(means.mean(0) - h.mean(0), alpha=rate)

    return work, weight


def pcd(torch, device, draw, visible, hidden, batch, steps):
    """A training step of PCD, and the weights."""
    weight, loc_v, loc_h = machine(torch, device, visible, hidden)
    rows = binary(torch, device, batch, visible)
    v, h = binary(torch, device, batch, visible), binary(torch, device, batch, hidden)
    field_v, field_h = torch.empty_like(v), torch.empty_like(h)
    means, gradient, rate = torch.empty_like(h), torch.empty_like(weight), 1e-3

    def work():
        torch.addmm(loc_h, rows, weight, out=means).sigmoid_()
        for _ in range(steps):
            draw(torch, torch.addmm(loc_v, h, weight.T, out=field_v), v)
            # Drawing leaves the means in the place of the field: those of the last step are in the gradient.
            draw(torch, torch.addmm(loc_h, v, weight, out=field_h), h)
        torch.mm(rows.T, means, out=gradient)
        gradient.addmm_(v.T, field_h, alpha=-1)
        weight.add_(gradient, alpha=rate / batch)
        loc_v.add_(rows.mean(0) - v.mean(0), alpha=rate)
        loc_h.add_(means.mean(0) - field_h.mean(0), alpha=rate)

    return work, weight


def ais(torch, device, draw, visible, hidden, chains, temperatures):
    """ln Z from the uniform distribution; one product serves both weights and sampling."""
    weight, loc_v, loc_h = machine(torch, device, visible, hidden)
    v, h = binary(torch, device, chains, visible), binary(torch, device, chains, hidden)
    field_v, field_h = torch.empty_like(v), torch.empty_like(h)
    log_weights = torch.zeros(chains, dtype=torch.float64, device=device)
    log_mean = torch.zeros((), dtype=torch.float64, device=device)
    softplus = torch.nn.functional.softplus
    betas = [step / temperatures for step in range(temperatures + 1)]

    def work():
        draw(torch, field_v.zero_(), v)
        log_weights.zero_()
        for before, beta in zip(betas, betas[1:]):
            own = v @ loc_v
            torch.addmm(loc_h, v, weight, out=field_h)
            change = softplus(beta * field_h).sum(1) - softplus(before * field_h).sum(1)
            log_weights.add_((beta - before) * own + change)
            if beta < 1:
                draw(torch, field_h.mul_(beta), h)
                draw(torch, torch.addmm(loc_v, h, weight.T, out=field_v).mul_(beta), v)
        log_mean.copy_(torch.logsumexp(log_weights, 0))

    return work, log_mean


if __name__ == "__main__":
    main()
