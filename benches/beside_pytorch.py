"""Times of Paysage and of PyTorch on the same CPU threads, in alternating turns, and their ratio.

    python3 benches/beside_pytorch.py [--rounds 7] [--threads 2] [--environment DIR] [--only TEXT]

PyTorch is installed from PyPI into a temporary environment (about 5 GB, deleted afterwards), or into
DIR and kept there. Each benchmark is written in PyTorch with both of its methods to sample binary units
(`rand < p` and `bernoulli`), with in-place operations where they are faster, and with the same order of
updates as in Paysage: the field from which the hidden units of the chains are sampled also serves the
gradient. The table has the faster method. A time is the median over all rounds of the median in a turn
of half a second (one run for annealed importance sampling); a ratio is PyTorch's time divided by
Paysage's in the same round.
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
SIZES = [(784, 500), (784, 1000)]
BATCHES = [100, 500, 1000, 5000]
WORK = [
    (name, visible, hidden, batch)
    for visible, hidden in SIZES
    for name in ("sweep", "pcd-1", "pcd-10")
    for batch in BATCHES
    if name != "pcd-10" or batch <= 1000
] + [("ais-1000", 784, 500, 1000)]


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--environment", type=Path, help="folder of an environment with PyTorch, kept for later runs")
    options.add_argument("--only", default="", help="text that the name or size of a benchmark must contain")
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as throwaway:
        python = install(options.environment or Path(throwaway) / "environment")
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


def build():
    """Path of the compiled benchmark program of Paysage."""
    command = ["cargo", "bench", "-p", "paysage", "--bench", "on_request", "--no-run"]
    command += ["--message-format", "json"]
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
    environment |= {"RAYON_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
    environment |= {"PAYSAGE_BESIDE": threads}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    ours = subprocess.Popen([build(), "--on-request"], env=environment, **pipes)
    theirs = subprocess.Popen([python, __file__], env=environment, **pipes)
    print(f"PyTorch {ask(theirs, 'version')}, {threads} threads, {options.rounds} rounds; times in ms")
    print("| work | machine | batch | PyTorch | sampling | Paysage | ratio | smallest | largest |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, visible, hidden, batch in WORK:
        label = f"{name} {visible}x{hidden} {batch}"
        if options.only not in label:
            continue
        kind, _, steps = name.partition("-")
        request = " ".join([kind, str(visible), str(hidden), str(batch), steps]).strip()
        rounds = []
        for _ in range(options.rounds):
            best, way = ask(theirs, request).split()
            rounds.append((float(best), way, float(ask(ours, request))))
        ratios = [best / own for best, _, own in rounds]
        best = statistics.median(r[0] for r in rounds) / 1000
        own = statistics.median(r[2] for r in rounds) / 1000
        way = statistics.mode(r[1] for r in rounds)
        print(
            f"| {name if kind == 'sweep' else name.upper()} | {visible} × {hidden} | {batch} "
            f"| {best:.2f} | {way} | {own:.2f} | **{statistics.median(ratios):.2f}** "
            f"| {min(ratios):.2f} | {max(ratios):.2f} |",
            flush=True,
        )
    for process in (ours, theirs):
        process.stdin.close()
        process.wait()


def ask(process, request):
    process.stdin.write(request + "\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        raise SystemExit(f"no answer to {request!r}")
    return answer.strip()


def answer(threads):
    """PyTorch process: for each request, the time in microseconds and the faster sampling method."""
    import torch

    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)

    def by_rand(x):
        x.sigmoid_()
        return torch.rand_like(x).lt_(x)

    def by_bernoulli(x):
        return torch.bernoulli(x.sigmoid_())

    def median(work, span=0.5):
        for _ in range(3):
            work()
        times, started = [], time.perf_counter()
        while time.perf_counter() - started < span or len(times) < 5:
            before = time.perf_counter()
            work()
            times.append(1e6 * (time.perf_counter() - before))
        return statistics.median(times)

    def sweep(draw, visible, hidden, batch):
        weight = 0.05 * torch.randn(visible, hidden)
        locs = torch.zeros(visible), torch.zeros(hidden)
        state = [(torch.rand(batch, visible) < 0.3).float()]

        def work():
            h = draw(torch.addmm(locs[1], state[0], weight))
            state[0] = draw(torch.addmm(locs[0], h, weight.T))

        return work

    def pcd(draw, visible, hidden, batch, steps):
        weight = 0.05 * torch.randn(visible, hidden)
        loc_v, loc_h = torch.zeros(visible), torch.zeros(hidden)
        rows = (torch.rand(batch, visible) < 0.3).float()
        chains = [(torch.rand(batch, hidden) < 0.3).float()]
        rate = 1e-3

        def work():
            means = torch.addmm(loc_h, rows, weight).sigmoid_()
            h = chains[0]
            for step in range(steps):
                v = draw(torch.addmm(loc_v, h, weight.T))
                field = torch.addmm(loc_h, v, weight)
                if step < steps - 1:
                    h = draw(field)
            chain_means = field.sigmoid_()
            if draw is by_rand:
                chains[0] = torch.rand_like(chain_means).lt_(chain_means)
            else:
                chains[0] = torch.bernoulli(chain_means)
            gradient = torch.mm(rows.T, means)
            gradient.addmm_(v.T, chain_means, alpha=-1)
            weight.add_(gradient, alpha=rate / batch)
            loc_v.add_(rows.mean(0) - v.mean(0), alpha=rate)
            loc_h.add_(means.mean(0) - chain_means.mean(0), alpha=rate)

        return work

    def ais(draw, visible, hidden, chains, temperatures):
        """ln Z from the uniform distribution; one product serves both weights and sampling."""
        weight = 0.05 * torch.randn(visible, hidden)
        loc_v, loc_h = torch.zeros(visible), torch.zeros(hidden)
        softplus = torch.nn.functional.softplus

        def work():
            v = draw(torch.zeros(chains, visible))
            log_weights = torch.zeros(chains, dtype=torch.float64)
            betas = torch.linspace(0, 1, temperatures + 1).tolist()
            for before, beta in zip(betas, betas[1:]):
                own, field = v @ loc_v, torch.addmm(loc_h, v, weight)
                change = softplus(beta * field).sum(1) - softplus(before * field).sum(1)
                log_weights += (beta - before) * own + change
                if beta < 1:
                    h = draw(field.mul_(beta))
                    v = draw(torch.addmm(loc_v, h, weight.T).mul_(beta))
            return torch.logsumexp(log_weights, 0)

        return work

    def once(work):
        before = time.perf_counter()
        work()
        return 1e6 * (time.perf_counter() - before)

    for line in sys.stdin:
        kind, *sizes = line.split()
        if kind == "version":
            print(torch.__version__, flush=True)
            continue
        make = {"sweep": sweep, "pcd": pcd, "ais": ais}[kind]
        measure = once if kind == "ais" else median
        ways = {"rand": by_rand, "bernoulli": by_bernoulli}
        times = {w: measure(make(draw, *map(int, sizes))) for w, draw in ways.items()}
        way = min(times, key=times.get)
        print(f"{times[way]:.1f} {way}", flush=True)


if "PAYSAGE_BESIDE" in os.environ:
    answer(int(os.environ["PAYSAGE_BESIDE"]))
else:
    main()
