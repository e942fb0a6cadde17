"""The twin of our flows in plain PyTorch, written for speed: the same model, start, batches, loss, clipping and Adam, in the fewest operations.

Started by bench/main.ts as `python3 torch_twin.py JOB THREADS`; answers one JSON line on stdout for each JSON line on stdin:
{"do": "hello" | "steps" | "grid" | "nll", ...}. Formulas: RealNVP (Dinh et al. 2017), neural spline flows (Durkan et al. 2019, eq. 4-8).
"""
import json
import os
import sys

JOB, THREADS = sys.argv[1], sys.argv[2]
# torch.set_num_threads does not limit OpenBLAS: both are set before torch loads them.
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = THREADS

import math  # noqa: E402

import torch  # noqa: E402
from torch.nn import functional as F  # noqa: E402

BATCH, HIDDEN, RATE, CLIP = 512, 64, 1e-3, 5.0
LOG_2PI = math.log(2 * math.pi)
LOG_SLOPE = math.log(1e-3)  # softclip of the log-scale: log s = a / (1 + |a / log 1e-3|)
BINS, BOUND, MIN_BIN, MIN_SLOPE = 8, 5.0, 1e-3, 1e-3
JOBS = {"J1": (8, "affine"), "J2": (6, "rqs")}
GRID_PIECE = 4096  # points in one pass: the fastest of 1,024 ... 65,536 for J1 (2.4 times faster than all at once) and near it for J2


def moons(n, generator):
    """FFJORD's scaling: noise 0.1, then x 2 + (-1, -0.2). Two columns."""
    angle = math.pi * torch.rand(n, 1, generator=generator)
    lower = torch.randint(0, 2, (n, 1), generator=generator).bool()
    x = torch.where(lower, 1 - angle.cos(), angle.cos())
    y = torch.where(lower, 0.5 - angle.sin(), angle.sin())
    noise = 0.1 * torch.randn(2, n, 1, generator=generator)
    return 2 * (x + noise[0]) - 1, 2 * (y + noise[1]) - 0.2


def linear(inputs, outputs, generator, zero_bias=None):
    """Uniform within 1/sqrt(inputs); the last layer of a net has weight 0 and a bias that makes the coupling the identity."""
    if zero_bias is not None:
        return torch.zeros(outputs, inputs), zero_bias
    bound = 1 / math.sqrt(inputs)
    draw = lambda *shape: (2 * torch.rand(*shape, generator=generator) - 1) * bound  # noqa: E731
    return draw(outputs, inputs), draw(outputs)


def affine_inverse(y, raw):
    t, a = raw.split(1, 1)
    s = a / (1 + (a / LOG_SLOPE).abs())
    return (y - t) * (-s).exp(), -s


def rqs_inverse(y, raw):
    """y -> z and log dz/dy; the identity outside [-BOUND, BOUND]."""
    n = y.shape[0]
    sides = (F.softmax(raw[:, : 2 * BINS].view(n, 2, BINS), 2) * (1 - MIN_BIN * BINS) + MIN_BIN) * (2 * BOUND)
    right = sides.cumsum(2) - BOUND
    slopes = F.pad(F.softplus(raw[:, 2 * BINS :]) + MIN_SLOPE, (1, 1), value=1.0)
    at = y.clamp(-BOUND, BOUND)
    k = (at > right[:, 1, :-1]).sum(1, keepdim=True)
    both = k.unsqueeze(1).expand(n, 2, 1)
    w, h = sides.gather(2, both).unbind(1)
    z1, y1 = right.gather(2, both).unbind(1)
    d0, d1 = slopes.gather(1, k), slopes.gather(1, k + 1)
    s = h / w
    eta = at - (y1 - h)
    kappa = d0 + d1 - 2 * s
    product = eta * kappa
    b = h * d0 - product
    disc = (b * b + 4 * s * eta * (product + h * (s - d0))).clamp_min(1e-12)
    theta = (2 * s * eta / (b + disc.sqrt())).clamp(0, 1)
    rest = 1 - theta
    q = theta * rest
    log_slope = 2 * s.log() + (d1 * theta * theta + 2 * s * q + d0 * rest * rest).log() - 2 * (s + kappa * q).log()
    inside = y.abs() < BOUND
    return torch.where(inside, z1 - w + theta * w, y), torch.where(inside, -log_slope, torch.zeros_like(y))


class Twin:
    def __init__(self, job):
        count, kind = JOBS[job]
        self.draws = torch.Generator().manual_seed(1)
        if kind == "affine":
            self.inverse, bias = affine_inverse, torch.zeros(2)
        else:
            inner = math.log(math.expm1(1 - MIN_SLOPE))
            self.inverse, bias = rqs_inverse, torch.tensor([0.0] * (2 * BINS) + [inner] * (BINS - 1))
        self.nets = [
            [*linear(1, HIDDEN, self.draws), *linear(HIDDEN, HIDDEN, self.draws), *linear(HIDDEN, len(bias), None, bias.clone())]
            for _ in range(count)
        ]
        self.parameters = [tensor.requires_grad_() for net in self.nets for tensor in net]
        self.adam = torch.optim.Adam(self.parameters, lr=RATE)

    def log_prob(self, x, y):
        """Columns of points in data space, walked from the data end to the base."""
        point, total = [x, y], 0
        for i in reversed(range(len(self.nets))):
            kept = i % 2
            w1, b1, w2, b2, w3, b3 = self.nets[i]
            hidden = F.relu(F.linear(F.relu(F.linear(point[kept], w1, b1)), w2, b2))
            point[1 - kept], log_det = self.inverse(point[1 - kept], F.linear(hidden, w3, b3))
            total = total + log_det
        return total - 0.5 * (point[0] ** 2 + point[1] ** 2) - LOG_2PI

    def step(self):
        loss = -self.log_prob(*moons(BATCH, self.draws)).mean()
        self.adam.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, CLIP)
        self.adam.step()
        return loss.item()

    @torch.no_grad()
    def grid(self, resolution, low, high):
        centers = low + (torch.arange(resolution) + 0.5) * ((high - low) / resolution)
        y, x = (axis.reshape(-1, 1) for axis in torch.meshgrid(centers, centers, indexing="ij"))
        return torch.cat([self.log_prob(*piece) for piece in zip(x.split(GRID_PIECE), y.split(GRID_PIECE))])

    @torch.no_grad()
    def nll(self):
        return -self.log_prob(*moons(10_000, torch.Generator().manual_seed(2))).mean().item()


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


def main():
    twin = Twin(JOB)
    for line in sys.stdin:
        wish = json.loads(line)
        answer = {}
        if wish["do"] == "hello":
            answer = {"torch": torch.__version__, "python": sys.version.split()[0], "blas": blas()}
        elif wish["do"] == "steps":
            for _ in range(wish["steps"]):
                answer = {"loss": twin.step()}
        elif wish["do"] == "grid":
            density = twin.grid(wish["resolution"], wish["low"], wish["high"]).exp()
            answer = {"mass": density.sum().item() * ((wish["high"] - wish["low"]) / wish["resolution"]) ** 2}
        elif wish["do"] == "nll":
            answer = {"nll": twin.nll()}
        print(json.dumps(answer), flush=True)


main()
