"""The twins of our flows in plain PyTorch, written for speed: the same models, losses, clipping and Adam, in the fewest operations.

Started by bench/torch-twin.ts as `python3 torch_twin.py JOB THREADS [OPTIONS]`, OPTIONS a JSON object; answers one JSON line on stdout for
each JSON line on stdin: {"do": "hello" | "steps" | "grid" | "trace" | "samples" | "nll", ...}. The programs lie in twin/, one family a file.
"""
import json
import math
import os
import sys

JOB, THREADS = sys.argv[1], sys.argv[2]
OPTIONS = json.loads(sys.argv[3]) if len(sys.argv) > 3 else {}
# torch.set_num_threads does not limit OpenBLAS: both are set before torch loads them.
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = THREADS

import torch  # noqa: E402


def twin_of(job):
    """Imports only what the job needs: its first step counts."""
    if "library" in OPTIONS:
        from twin.libraries import build

        return build(job, OPTIONS)
    if job in ("J1", "J2", "J9"):
        from twin.couplings import build
    elif job == "J3":
        from twin.autoregressive import build
    elif job == "J4":
        from twin.glow import build
    elif job == "J5":
        from twin.planar import build
    else:
        from twin.continuous import build
    from twin.training import Twin

    return Twin(*build(job, OPTIONS))


def blas():
    """The BLAS that this process has loaded; Debian's reference BLAS is about 5 times slower than OpenBLAS."""
    if not sys.platform.startswith("linux"):
        return "unknown"
    with open("/proc/self/maps") as maps:
        paths = {line.split()[-1] for line in maps if "/lib" in line}
    libraries = [path for path in paths if os.path.basename(path).startswith(("libblas", "libopenblas", "libmkl_rt", "libblis"))]
    names = [next((name for name in ("openblas", "mkl_rt", "blis") if name in path), "reference") for path in libraries]
    if "reference" in names:  # it comes first where a LAPACK has brought another one along
        return "reference"
    return names[0] if names else "unknown"  # wheels link theirs statically


def library_version():
    if "library" not in OPTIONS:
        return None
    from twin.libraries import version_of

    return version_of(OPTIONS["library"])


def number(value):
    """JSON has no NaN. An unbounded scale map of a library can bring one forth somewhere in a grid."""
    return value if math.isfinite(value) else None


def answer(twin, wish):
    if wish["do"] == "hello":
        return {"torch": torch.__version__, "python": sys.version.split()[0], "blas": blas(), "library": library_version()}
    if wish["do"] == "steps":
        for _ in range(wish["steps"]):
            loss = twin.step()
        return {"loss": number(loss)}
    if wish["do"] == "grid":
        density = twin.grid(wish["resolution"], wish["low"], wish["high"]).exp()
        return {"mass": number(density.sum().item() * ((wish["high"] - wish["low"]) / wish["resolution"]) ** 2)}
    if wish["do"] == "trace":
        return {"sum": number(twin.trace(wish["count"]))}
    if wish["do"] == "samples":
        return {"sum": number(twin.samples(wish["count"]))}
    return {"nll": number(twin.nll())}


def main():
    twin = twin_of(JOB)
    for line in sys.stdin:
        print(json.dumps(answer(twin, json.loads(line))), flush=True)


main()
