"""Times of Paysage and of PyTorch on the same CPU threads or the same GPU, in alternating turns, and their ratio.

    python3 benches/beside_pytorch.py [--rounds 7] [--threads 2] [--environment DIR] [--only TEXT]
    python3 benches/beside_pytorch.py --device cuda [--features cuda] [--program PATH] [--python PATH]

PyTorch is installed from PyPI into a temporary environment (about 5 GB, deleted afterwards), or into
DIR and kept there; --python names a Python that has it. Each benchmark is written in PyTorch (`on_pytorch.py`) with
both of its methods to sample binary units (`rand < p` and `bernoulli`), with buffers that are allocated once and
operations in place, and with the same order of updates as in Paysage: the field from which the hidden units of the
chains are sampled also serves the gradient. On a GPU, each of these runs eagerly and as a CUDA graph, in f32 and in
TF32. The table has the fastest formulation of each precision. `potts` has 53 one-hot sites of 21 states, as of a protein.

A time ends when the device has finished and a value was read from it. On a CPU it is the median of single calls in a
turn of half a second, on a GPU that of groups of calls (one run for annealed importance sampling, on a GPU the
second one); the table has the median over all rounds. A ratio is PyTorch's time divided by Paysage's in the same round.

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
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CPU_WORK = [
    (name, visible, hidden, batch)
    for visible, hidden in [(784, 500), (784, 1000)]
    for name in ("sweep", "pcd-1", "pcd-10")
    for batch in (100, 500, 1000, 5000)
    if name != "pcd-10" or batch <= 1000
] + [("potts-21", 1113, 200, 100), ("potts-21", 1113, 200, 1000), ("ais-1000", 784, 500, 1000)]
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
    ("impute", 784, 500, 1000),
    ("potts-21", 1113, 200, 100),
    ("potts-21", 1113, 200, 1000),
    ("potts-21", 1113, 200, 5000),
    ("tempering-12", 784, 500, 100),
    ("tap-10", 784, 500, 100),
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
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    theirs = subprocess.Popen([python, ROOT / "benches" / "on_pytorch.py", options.device, threads], env=environment, **pipes)
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
        shown = name.upper() if kind in ("pcd", "ais", "tap") else name
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


if __name__ == "__main__":
    main()
