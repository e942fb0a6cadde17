"""RealNVP (Dinh et al. 2017) and neural spline flows (Durkan et al. 2019, eq. 4-8): J1, J2 and J9."""
import math

import torch
from torch.nn import functional as F

from twin.data import Moons, Table
from twin.nets import chunks, mlp_tensors, relu_net

LOG_SLOPE = math.log(1e-3)  # softclip of the log-scale: log s = a / (1 + |a / log 1e-3|)
BINS, BOUND, MIN_BIN, MIN_SLOPE = 8, 5.0, 1e-3, 1e-3
SHARE = (1 - MIN_BIN * BINS) * 2 * BOUND
INNER = math.log(math.expm1(1 - MIN_SLOPE))  # raw slope that stands for 1
PLACES = torch.arange(BINS).view(-1, 1)
ZERO = torch.zeros(())


def softclip(a):
    return a / (1 + a.abs() * (-1 / LOG_SLOPE))


def affine_inverse(y, raw):
    """y -> z and log dz/dy; raw has the shifts, then the log-scales."""
    shift, a = raw.split(len(y))
    s = softclip(a)
    return (y - shift) * (-s).exp(), -s


def rqs_inverse(y, raw):
    """y -> z and log dz/dy for one coordinate [1, n]; the identity outside [-BOUND, BOUND]. Only the point's own bin is on the tape."""
    n = y.shape[1]
    sides = F.softmax(raw[: 2 * BINS].view(2, BINS, n), 1) * SHARE + MIN_BIN * 2 * BOUND  # widths and heights
    slopes = F.pad(raw[2 * BINS :], (0, 0, 1, 1), value=INNER)
    at = y.clamp(-BOUND, BOUND)
    with torch.no_grad():
        k = (at + BOUND > sides[1].cumsum(0)[:-1]).sum(0, keepdim=True)
        below = (PLACES < k).float()
        ends = torch.cat([k, k + 1])
    w, h = sides.gather(1, k.expand(2, 1, n)).unbind()
    z0, y0 = (sides * below).sum(1, keepdim=True).unbind()
    d0, d1 = (F.softplus(slopes.gather(0, ends)) + MIN_SLOPE).split(1)
    s = h / w
    eta = at + BOUND - y0
    kappa = d0 + d1 - 2 * s
    product = eta * kappa
    b = h * d0 - product
    disc = (b * b + 4 * s * eta * (product + h * (s - d0))).clamp_min(1e-12)
    theta = (2 * s * eta / (b + disc.sqrt())).clamp(0, 1)
    rest = 1 - theta
    q = theta * rest
    log_slope = (s * s * (d1 * theta * theta + 2 * s * q + d0 * rest * rest) / (s + kappa * q).square()).log()
    inside = y.abs() < BOUND
    return torch.where(inside, z0 - BOUND + theta * w, y), torch.where(inside, -log_slope, ZERO)


class Couplings:
    """The coordinates are kept in two halves, so that no layer gathers or joins them; layer i changes the half that layer i + 1 keeps."""

    def __init__(self, count, half, hidden, inverse, last_bias):
        draws = torch.Generator().manual_seed(1)
        self.half, self.inverse = half, inverse
        self.initial = [tensor for _ in range(count) for tensor in mlp_tensors([half, hidden, hidden, len(last_bias)], draws, last_bias)]

    def adopt(self, views):
        self.nets = chunks(views, 6)

    def to_base(self, points, stages=None):
        halves = list(points.split(self.half))
        log_dets = []
        for i in reversed(range(len(self.nets))):
            kept = i % 2
            halves[1 - kept], log_det = self.inverse(halves[1 - kept], relu_net(halves[kept], *self.nets[i]))
            log_dets.append(log_det)
            if stages is not None:
                stages.append(torch.cat(halves))
        return torch.cat(halves), torch.cat(log_dets)


def build(job, options):
    if job == "J2":
        return Couplings(6, 1, 64, rqs_inverse, torch.tensor([0.0] * (2 * BINS) + [INNER] * (BINS - 1))), Moons()
    if job == "J9":
        return Couplings(8, 8, 128, affine_inverse, torch.zeros(16)), Table(options["csv"]), 1024
    return Couplings(8, 1, 64, affine_inverse, torch.zeros(2)), Moons()
