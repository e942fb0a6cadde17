"""Where batches come from. Points are columns everywhere in the twins, [d, n]: the rows of a coordinate or a unit then lie side by side."""
import math

import torch

HELD_OUT = 10_000


class Moons:
    """FFJORD's scaling: noise 0.1, then x 2 + (-1, -0.2). Fresh points in every step."""

    corner = torch.tensor([[-1.0], [-0.2]])

    def __init__(self, seed=1):
        self.draws = torch.Generator().manual_seed(seed)

    def batch(self, n):
        angle = math.pi * torch.rand(n, generator=self.draws)
        lower = torch.randint(0, 2, (n,), generator=self.draws).bool()
        cos, sin = angle.cos(), angle.sin()
        points = torch.stack([torch.where(lower, 1 - cos, cos), torch.where(lower, 0.5 - sin, sin)])
        return (points + 0.1 * torch.randn(2, n, generator=self.draws)) * 2 + self.corner

    def held_out(self):
        return Moons(seed=2).batch(HELD_OUT)


class Table:
    """Rows of a CSV with a header, a tenth of them held out; every epoch visits each other row once, in an order of its own."""

    def __init__(self, file, seed=1):
        self.draws = torch.Generator().manual_seed(seed)
        with open(file) as lines:
            next(lines)
            rows = torch.tensor([[float(cell) for cell in line.split(",")] for line in lines])
        rows = rows[torch.randperm(len(rows), generator=self.draws)]
        held = len(rows) // 10
        self.held, self.rows = rows[:held].t().contiguous(), rows[held:]
        self.order, self.at = None, len(self.rows)

    def batch(self, n):
        if self.at + n > len(self.rows):
            self.order, self.at = torch.randperm(len(self.rows), generator=self.draws), 0
        chosen = self.order[self.at : self.at + n]
        self.at += n
        return self.rows[chosen].t().contiguous()

    def held_out(self):
        return self.held
