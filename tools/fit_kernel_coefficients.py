#!/usr/bin/env python3
"""Computes the polynomial coefficients in src/kernels/simd/coefficients.hpp (needs mpmath).

Each polynomial minimises the largest relative error of the whole function (Remez exchange on a dense grid, 60 digits),
then its coefficients are rounded to the type. Run it and compare with the header; nothing else in the build needs it.
"""
from mpmath import mp, mpf, exp, log, log1p, expm1, sin, cos, erf, erfc, sqrt, pi, psi, chop, matrix, lu_solve, euler, findroot

mp.dps = 60


def remez(f, weight, lo, hi, degree, rounds=12, grid=1500):
    """Polynomial p of that degree with minimal max |(p - f) * weight| on [lo, hi]; returns coefficients, error."""
    lo, hi = mpf(lo), mpf(hi)
    raw_weight = weight
    weight = lambda x: max(raw_weight(x), mpf('1e-12'))  # a weight of 0 would make the system singular
    n = degree + 2
    nodes = [(lo + hi) / 2 - (hi - lo) / 2 * mp.cos(pi * i / (n - 1)) for i in range(n)]
    xs = [(lo + hi) / 2 - (hi - lo) / 2 * mp.cos(pi * i / grid) for i in range(grid + 1)]
    fs = [f(x) for x in xs]
    ws = [weight(x) for x in xs]
    best = None
    for _ in range(rounds):
        a, b = matrix(n, n), matrix(n, 1)
        for i, x in enumerate(nodes):
            for j in range(degree + 1):
                a[i, j] = x**j
            a[i, degree + 1] = (-1)**i / weight(x)
            b[i] = f(x)
        sol = lu_solve(a, b)
        c = [sol[j] for j in range(degree + 1)]
        err = [(mp.polyval(c[::-1], x) - y) * w for x, y, w in zip(xs, fs, ws)]
        worst = max(abs(e) for e in err)
        if best is None or worst < best[1]:
            best = (c, worst)
        # one extremum per run of equal sign
        runs, start = [], 0
        for i in range(1, len(err) + 1):
            if i == len(err) or (err[i] > 0) != (err[start] > 0):
                runs.append(max(range(start, i), key=lambda k: abs(err[k])))
                start = i
        if len(runs) < n:
            break
        while len(runs) > n:
            runs.pop(0 if abs(err[runs[0]]) < abs(err[runs[-1]]) else -1)
        nodes = [xs[i] for i in runs]
    return best


def show(formula, name, kind, result):
    coefficients, error = result
    digits = 10 if kind == 'float' else 18
    values = ', '.join(mp.nstr(c, digits, min_fixed=1, max_fixed=0) + ('f' if kind == 'float' else '') for c in coefficients)
    print(f'// {formula}; relative error {mp.nstr(error, 2)}')
    print('template <>')
    print(f'inline constexpr {kind} {name}<{kind}>[] = {{{values}}};')


def both(formula, name, make, degree32, degree64):
    print(f'template <class T>\ninline constexpr T {name}[] = {{T(0)}};')
    if degree32: show(formula, name, 'float', make(degree32, 32))
    if degree64: show(formula, name, 'double', make(degree64, 64))
    print()


def exp_q(degree, _):
    h = log(2) / 2 * mpf('1.01')
    def f(x):
        if abs(x) < mpf('1e-12'): return mpf(1) / 2 + x / 6
        return (exp(x) - 1 - x) / x**2
    return remez(f, lambda x: x**2 / exp(x), -h, h, degree)


def log_q32(degree, _):
    def f(x):
        if abs(x) < mpf('1e-10'): return mpf(1) / 3 - x / 4
        return (log1p(x) - x + x * x / 2) / x**3
    def w(x):
        return x**2 * (mpf(1) if abs(x) < mpf('1e-10') else x / log1p(x))
    return remez(f, w, sqrt(mpf(1) / 2) - 1, sqrt(mpf(2)) - 1, degree)


def log_r64(degree, _):
    # z = s^2, s = f / (2 + f): log(1 + f) = 2 s + s z R(z)
    def f(z):
        if z < mpf('1e-20'): return mpf(2) / 3
        s = sqrt(z)
        return (log((1 + s) / (1 - s)) - 2 * s) / (s * z)
    return remez(f, lambda z: z, 0, (mpf('0.1716'))**2, degree)


def sin_s(degree, _):
    h = pi / 4 * mpf('1.001')
    def f(z):
        if z < mpf('1e-20'): return -mpf(1) / 6
        x = sqrt(z)
        return (sin(x) - x) / (x * z)
    return remez(f, lambda z: z if z < mpf('1e-20') else z * sqrt(z) / sin(sqrt(z)), 0, h * h, degree)


def cos_c(degree, _):
    h = pi / 4 * mpf('1.001')
    def f(z):
        if z < mpf('1e-12'): return mpf(1) / 24
        return (cos(sqrt(z)) - 1 + z / 2) / z**2
    return remez(f, lambda z: z * z / cos(sqrt(z)), 0, h * h, degree)


def erf_small(degree, _):
    # erf(x) = x + x P(x^2) for |x| <= 0.9
    def f(z):
        if z < mpf('1e-30'): return 2 / sqrt(pi) - 1
        return erf(sqrt(z)) / sqrt(z) - 1
    return remez(f, lambda z: 1 / (f(z) + 1), 0, mpf('0.81'), degree)


def erfcx(t):
    return exp(t * t) * erfc(t)


def erfcx_p(degree, bits):
    # (1 + 2 t) erfcx(t) = P(u), u = (t - k) / (t + k) for t in [0.45, top]; small t is served by erf
    k = mpf(2)
    lo, top = mpf('0.45'), (mpf('10.3') if bits == 32 else mpf('27.5'))
    u = lambda t: (t - k) / (t + k)
    t = lambda v: k * (1 + v) / (1 - v)
    f = lambda v: (1 + 2 * t(v)) * erfcx(t(v))
    return remez(f, lambda v: 1 / f(v), u(lo), u(top), degree, rounds=8, grid=600)


def digamma_p(degree, _):
    root = findroot(lambda x: psi(0, x), mpf('1.46163214496836234'))
    hi = mpf(float(root))
    def f(v):
        x = v + mpf('1.5')
        return psi(1, x) if abs(x - root) < mpf('1e-20') else psi(0, x) / (x - root)
    return remez(f, lambda v: 1 / f(v), -mpf('0.5'), mpf('0.5'), degree, rounds=6, grid=400)


def main_digamma():
    root = findroot(lambda x: psi(0, x), mpf('1.46163214496836234'))
    print('// for src/kernels/special.cpp: digamma root', mp.nstr(mpf(float(root)), 20), '+', mp.nstr(root - float(root), 20))
    both('digamma(x) = (x - root) p(x - 1.5), 1 <= x <= 2', 'digamma_p', digamma_p, 0, 20)


if __name__ == '__main__':
    if len(__import__('sys').argv) > 1:
        main_digamma()
        raise SystemExit
    print('#pragma once')
    print('// Written by tools/fit_kernel_coefficients.py: minimax polynomials, lowest power first.\n')
    print('namespace xgrad::kernels::XGRAD_ISA::coefficients {\n')
    both('exp(r) = 1 + r + r^2 q(r), |r| <= ln 2 / 2', 'exp_q', exp_q, 4, 9)
    both('log(1 + f) = f - f^2 / 2 + f^3 q(f), 1 + f in [sqrt 1/2, sqrt 2]', 'log_q', log_q32, 7, 0)
    both('log(1 + f) = 2 s + s^3 r(s^2), s = f / (2 + f)', 'log_r', log_r64, 0, 6)
    both('sin(x) = x + x^3 s(x^2), |x| <= pi / 4', 'sin_s', sin_s, 2, 5)
    both('cos(x) = 1 - x^2 / 2 + x^4 c(x^2), |x| <= pi / 4', 'cos_c', cos_c, 2, 5)
    both('erf(x) = x + x p(x^2), |x| <= 0.9', 'erf_p', erf_small, 6, 11)
    both('(1 + 2 t) erfcx(t) = p(u), u = (t - 2) / (t + 2), t >= 0.45', 'erfcx_p', erfcx_p, 10, 23)
    print('}  // namespace xgrad::kernels::XGRAD_ISA::coefficients')
