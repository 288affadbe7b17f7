"""Times of Paysage and of PyTorch on the same CPU threads or the same GPU, in alternating turns, and their ratio.

    python3 benches/beside_pytorch.py [--rounds 7] [--threads 2] [--environment DIR] [--only TEXT]
    python3 benches/beside_pytorch.py --device cuda [--features cuda] [--program PATH] [--python PATH]

PyTorch is installed from PyPI into a temporary environment (about 5 GB, deleted afterwards), or into
DIR and kept there; --python names a Python that has it. Each benchmark is written in PyTorch with both of its
methods to sample binary units (`rand < p` and `bernoulli`), with buffers that are allocated once and operations
in place, and with the same order of updates as in Paysage: the field from which the hidden units of the chains
are sampled also serves the gradient. On a GPU, each of these runs eagerly and as a CUDA graph, in f32 and in TF32.
The table has the fastest formulation of each precision.

A time ends when the device has finished and a value was read from it. On a CPU it is the median of single calls in a
turn of half a second, on a GPU that of groups of calls (one run for annealed importance sampling, after a short
one); the table has the median over all rounds. A ratio is PyTorch's time divided by Paysage's in the same round.

--features are those of the program of Paysage on a GPU, and --program is one that was compiled before
(`cargo bench -p paysage --bench on_request --no-run --no-default-features --features cuda`).
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CPU_WORK = [
    (name, visible, hidden, batch)
    for visible, hidden in [(784, 500), (784, 1000)]
    for name in ("sweep", "pcd-1", "pcd-10")
    for batch in (100, 500, 1000, 5000)
    if name != "pcd-10" or batch <= 1000
] + [("ais-1000", 784, 500, 1000)]
GPU_WORK = [
    ("sweep", 784, 500, 100),
    ("sweep", 784, 500, 1000),
    ("sweep", 784, 500, 5000),
    ("sweep", 784, 500, 20000),
    ("sweep", 4096, 4096, 2000),
    ("pcd-1", 784, 500, 100),
    ("pcd-1", 784, 500, 1000),
    ("pcd-10", 784, 500, 5000),
    ("pcd-1", 4096, 4096, 2000),
    ("ais-1000", 784, 500, 1000),
]


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--threads", type=int, default=2, help="threads of the CPU")
    options.add_argument("--environment", type=Path, help="folder of an environment with PyTorch, kept for later runs")
    options.add_argument("--python", type=Path, help="a Python with PyTorch")
    options.add_argument("--features", default="cuda", help="features of Paysage on a GPU: cuda, vulkan or wgpu")
    options.add_argument("--program", type=Path, help="a compiled program on_request")
    options.add_argument("--only", default="", help="text that the name or size of a benchmark must contain")
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as throwaway:
        python = options.python or install(options.environment or Path(throwaway) / "environment")
        compare(options, python)


def install(environment):
    """Path of a Python with PyTorch."""
    python = environment / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    has_torch = [python, "-c", "import torch"]
    if subprocess.run(has_torch, stderr=subprocess.DEVNULL).returncode != 0:
        print("installing PyTorch ...", file=sys.stderr)
        pip = [python, "-m", "pip", "install", "--quiet", "torch", "numpy"]
        subprocess.run(pip, check=True)
    return python


def build(options):
    """Path of the compiled benchmark program of Paysage."""
    command = ["cargo", "bench", "-p", "paysage", "--bench", "on_request", "--no-run"]
    command += ["--message-format", "json"]
    if options.device == "cuda":
        command += ["--no-default-features", "--features", options.features]
    built = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    for line in built.stdout.splitlines():
        message = json.loads(line)
        if message.get("target", {}).get("name") == "on_request" and message.get("executable"):
            return message["executable"]
    raise SystemExit("cargo did not build the program on_request")


def compare(options, python):
    threads = str(options.threads)
    # Some distributions pin the kernels of OpenBLAS; PyTorch selects its own.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS")}
    if options.device == "cpu":
        environment |= {"RAYON_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
    environment |= {"PAYSAGE_BESIDE": threads, "PAYSAGE_BESIDE_DEVICE": options.device}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    theirs = subprocess.Popen([python, __file__], env=environment, **pipes)
    # Before anything is built: it fails where PyTorch finds no GPU.
    about = json.loads(ask(theirs, "device"))
    ours = subprocess.Popen([options.program or build(options), "--on-request"], env=environment, **pipes)
    kind, _, name = ask(ours, "device").partition(" ")
    if (kind == "gpu") != (options.device == "cuda"):
        raise SystemExit(f"Paysage computes on the {kind}, {name}: choose --features and --device that agree")
    print(f"PyTorch {about['version']} on {about['name']}; Paysage on {name}; {options.rounds} rounds; times in ms")
    table(options, theirs, ours, about)
    for process in (ours, theirs):
        process.stdin.close()
        process.wait()


def table(options, theirs, ours, about):
    """Prints a row for each benchmark."""
    precisions = about["precisions"]
    head = ["work", "machine", "batch", "device"]
    for precision in precisions:
        head += [f"PyTorch {precision}", "formulation"]
    head += ["Paysage"]
    for precision in precisions:
        head += [f"{precision} / Paysage", "smallest", "largest"]
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for name, visible, hidden, batch in CPU_WORK if options.device == "cpu" else GPU_WORK:
        if options.only not in f"{name} {visible}x{hidden} {batch}":
            continue
        kind, _, steps = name.partition("-")
        request = " ".join([kind, str(visible), str(hidden), str(batch), steps]).strip()
        rounds = []
        for _ in range(options.rounds):
            rounds.append((json.loads(ask(theirs, request)), number(ask(ours, request), request)))
        own = statistics.median(time for _, time in rounds)
        shown = name if kind == "sweep" else name.upper()
        cells = [shown, f"{visible} × {hidden}", str(batch), about["name"]]
        for precision in precisions:
            best = [theirs[precision] for theirs, _ in rounds]
            cells += [milliseconds(statistics.median(time for time, _ in best))]
            cells += [statistics.mode(way for _, way in best)]
        cells += [milliseconds(own)]
        for precision in precisions:
            ratios = [theirs[precision][0] / own for theirs, own in rounds]
            cells += [f"**{statistics.median(ratios):.2f}**", f"{min(ratios):.2f}", f"{max(ratios):.2f}"]
        print("| " + " | ".join(cells) + " |", flush=True)


def milliseconds(microseconds):
    digits = 2 if microseconds >= 1000 else 3
    return f"{microseconds / 1000:.{digits}f}"


def ask(process, request):
    process.stdin.write(request + "\n")
    process.stdin.flush()
    answer = process.stdout.readline().strip()
    if not answer:
        raise SystemExit(f"no answer to {request!r}: the program that was asked has failed")
    if answer.startswith("error: "):
        raise SystemExit(answer.removeprefix("error: "))
    return answer


def number(answer, request):
    time = float(answer)
    # NaN is not greater than 0 either.
    if not 0 < time < float("inf"):
        raise SystemExit(f"the answer of Paysage to {request!r} is no time: {answer}")
    return time


def answer(threads, kind):
    """PyTorch process: for each request, the time in microseconds and the fastest formulation by precision."""
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
    works = {"sweep": sweep, "pcd": pcd, "ais": ais}

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
                        times[way] = place.once(call) if request == "ais" else place.median(call)
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


def sweep(torch, device, draw, visible, hidden, batch):
    """A Gibbs sweep, and where its states are."""
    weight, loc_v, loc_h = machine(torch, device, visible, hidden)
    v, h = binary(torch, device, batch, visible), binary(torch, device, batch, hidden)
    field_v, field_h = torch.empty_like(v), torch.empty_like(h)

    def work():
        draw(torch, torch.addmm(loc_h, v, weight, out=field_h), h)
        draw(torch, torch.addmm(loc_v, h, weight.T, out=field_v), v)

    return work, v


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


if "PAYSAGE_BESIDE" in os.environ:
    try:
        answer(int(os.environ["PAYSAGE_BESIDE"]), os.environ["PAYSAGE_BESIDE_DEVICE"])
    except Problem as problem:
        print(f"error: {problem}", flush=True)
        sys.exit(1)
else:
    main()
