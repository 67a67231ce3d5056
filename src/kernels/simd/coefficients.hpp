#pragma once
// Written by tools/fit_kernel_coefficients.py: minimax polynomials, lowest power first.

namespace xgrad::kernels::XGRAD_ISA::coefficients {

template <class T>
inline constexpr T exp_q[] = {T(0)};
// exp(r) = 1 + r + r^2 q(r), |r| <= ln 2 / 2; relative error 3.3e-9
template <>
inline constexpr float exp_q<float>[] = {4.999999305e-1f, 1.666651479e-1f, 4.166845677e-2f, 8.36941883e-3f,
                                         1.381314526e-3f};
// exp(r) = 1 + r + r^2 q(r), |r| <= ln 2 / 2; relative error 4.1e-18
template <>
inline constexpr double exp_q<double>[] = {5.0000000000000117e-1,  1.66666666666663863e-1, 4.16666666665191549e-2,
                                           8.33333333350766034e-3, 1.38888889469195903e-3, 1.98412694861629597e-4,
                                           2.48014893525909934e-5, 2.75575971850197589e-6, 2.76316872475983871e-7,
                                           2.49989933468297168e-8};

template <class T>
inline constexpr T log_q[] = {T(0)};
// log(1 + f) = f - f^2 / 2 + f^3 q(f), 1 + f in [sqrt 1/2, sqrt 2]; relative error 5.8e-9
template <>
inline constexpr float log_q<float>[] = {3.333333171e-1f, -2.500082103e-1f, 2.000122684e-1f, -1.662335738e-1f,
                                         1.420175848e-1f, -1.31601825e-1f,  1.276157491e-1f, -7.634494258e-2f};

template <class T>
inline constexpr T log_r[] = {T(0)};
// log(1 + f) = 2 s + s^3 r(s^2), s = f / (2 + f); relative error 2.5e-18
template <>
inline constexpr double log_r<double>[] = {6.66666666666673456e-1, 3.99999999994135475e-1, 2.85714287426637582e-1,
                                           2.22221985424965478e-1, 1.81835660361318991e-1, 1.53140040034552689e-1,
                                           1.47964422303906563e-1};

template <class T>
inline constexpr T sin_s[] = {T(0)};
// sin(x) = x + x^3 s(x^2), |x| <= pi / 4; relative error 3.8e-9
template <>
inline constexpr float sin_s<float>[] = {-1.666665454e-1f, 8.332156054e-3f, -1.951463196e-4f};
// sin(x) = x + x^3 s(x^2), |x| <= pi / 4; relative error 3.7e-18
template <>
inline constexpr double sin_s<double>[] = {-1.66666666666666303e-1, 8.33333333332200547e-3,  -1.98412698294954654e-4,
                                           2.75573135876097961e-6,  -2.50507423065021862e-8, 1.58959046642570319e-10};

template <class T>
inline constexpr T cos_c[] = {T(0)};
// cos(x) = 1 - x^2 / 2 + x^4 c(x^2), |x| <= pi / 4; relative error 1.2e-10
template <>
inline constexpr float cos_c<float>[] = {4.166664555e-2f, -1.388730987e-3f, 2.443241298e-5f};
// cos(x) = 1 - x^2 / 2 + x^4 c(x^2), |x| <= pi / 4; relative error 5.7e-20
template <>
inline constexpr double cos_c<double>[] = {4.1666666666666592e-2, -1.38888888888728951e-3, 2.48015872887481961e-5,
                                           -2.755731414862635e-7, 2.08756965729773293e-9,  -1.13583105099987502e-11};

template <class T>
inline constexpr T erf_p[] = {T(0)};
// erf(x) = x + x p(x^2), |x| <= 0.9; relative error 2.9e-10
template <>
inline constexpr float erf_p<float>[] = {1.283791668e-1f, -3.761263498e-1f, 1.128371503e-1f, -2.686050847e-2f,
                                         5.203859181e-3f, -8.175639521e-4f, 8.513104999e-5f};
// erf(x) = x + x p(x^2), |x| <= 0.9; relative error 6.2e-19
template <>
inline constexpr double erf_p<double>[] = {1.28379167095512573e-1,  -3.7612638903183728e-1,  1.1283791670953704e-1,
                                           -2.68661706448066335e-2, 5.22397762160321175e-3,  -8.54832675491960986e-4,
                                           1.20553210422043821e-4,  -1.49252997399011963e-5, 1.64552139399927423e-6,
                                           -1.62754762055685562e-7, 1.40460478659878785e-8,  -8.48185145372594478e-10};

template <class T>
inline constexpr T erfcx_p[] = {T(0)};
// (1 + 2 t) erfcx(t) = p(u), u = (t - 2) / (t + 2), t >= 0.45; relative error 7.4e-10
template <>
inline constexpr float erfcx_p<float>[] = {1.276978381f,     -9.276381098e-2f, -1.66030365e-1f, 1.640505328e-1f,
                                           -5.422069112e-2f, -8.023897844e-3f, 8.727520565e-3f, 1.214488848e-3f,
                                           -1.46966674e-3f,  -3.095332258e-4f, 2.152402647e-4f};
// (1 + 2 t) erfcx(t) = p(u), u = (t - 2) / (t + 2), t >= 0.45; relative error 2.0e-18
template <>
inline constexpr double erfcx_p<double>[] = {
    1.27697838155252872,     -9.27638265857460274e-2, -1.66030397615287997e-1, 1.64051280033445682e-1,
    -5.42200009921610545e-2, -8.03401508258851527e-3, 8.72265388006420147e-3,  1.27133896871507918e-3,
    -1.45681402603436954e-3, -4.54340842227041671e-4, 2.063680544643605e-4,    1.51038953263598133e-4,
    -1.51548153723844934e-6, -3.64198565782632129e-5, -1.34687118272002912e-5, 3.68794681252878805e-6,
    5.1582517303201828e-6,   1.58736329980655549e-6,  -5.90285216073018746e-7, -1.01396638288806718e-6,
    -3.41805274093202819e-7, 3.52833395200929534e-7,  1.57230341504841991e-7,  -9.27218470380746699e-8};

}  // namespace xgrad::kernels::XGRAD_ISA::coefficients
