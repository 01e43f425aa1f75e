/* Compiled loops of pylimma.

   They know nothing of NumPy: arrays come as contiguous buffers of doubles or 64-bit integers, and
   all is written for the stable ABI of CPython 3.11. Each function stands in for one of Python,
   which says where the formulas come from. The interpreter is free for other threads meanwhile,
   and long loops look for interrupts. */

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030b0000
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define INTERFACE 1 /* as in pylimma/numerics/compiled.py */

#define CHUNK 512                /* points whose kernel is held at once: it stays in the cache */
#define CANCELLED 1e-3           /* spread over raw second moment below which sums are about means */
#define BETWEEN_SIGNALS 16777216 /* points between two looks for an interrupt: some milliseconds */
#define MOST_ARRAYS 10           /* of a call */

/* GCC on Linux compiles variants for newer x86 processors too, which are chosen at run time. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) \
    && !defined(__SANITIZE_ADDRESS__)
#define VARIANTS __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VARIANTS
#endif

/* ---- Arguments ------------------------------------------------------------------------------ */

typedef struct {
    Py_buffer view[MOST_ARRAYS];
    int number;
} Arrays;

static void release(Arrays *arrays)
{
    while (arrays->number > 0)
        PyBuffer_Release(arrays->view + --arrays->number);
}

/* Take the contiguous arrays of a call, of kinds 'd' (doubles), 'q' (64-bit integers) or 'w'
   (doubles that are written). */
static int take(PyObject *args, const char *kinds, Arrays *arrays)
{
    Py_ssize_t expected = (Py_ssize_t)strlen(kinds);
    arrays->number = 0;
    if (PyTuple_Size(args) != expected) {
        PyErr_Format(PyExc_TypeError, "expected %zd arrays; got %zd", expected, PyTuple_Size(args));
        return -1;
    }
    for (int i = 0; i < expected; i++) {
        Py_buffer *view = arrays->view + i;
        int flags = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (kinds[i] == 'w' ? PyBUF_WRITABLE : 0);
        if (PyObject_GetBuffer(PyTuple_GetItem(args, i), view, flags) < 0)
            goto failed;
        arrays->number++;
        const char *format = view->format ? view->format : "B";
        int fits = kinds[i] == 'q' ? !strcmp(format, "q") || !strcmp(format, "l")
                                   : !strcmp(format, "d");
        if (!fits || view->itemsize != 8) {
            PyErr_Format(PyExc_TypeError, "array %d holds '%s', not '%c'", i, format, kinds[i]);
            goto failed;
        }
    }
    return 0;
failed:
    release(arrays);
    return -1;
}

static Py_ssize_t size(const Arrays *arrays, int i)
{
    return arrays->view[i].len / 8;
}

/* ---- Lines around anchors ------------------------------------------------------------------- */

typedef struct {
    const double *x, *y, *weights; /* (points,), (responses, points), (responses, points) */
    const double *at, *bandwidth;  /* (anchors,) */
    const int64_t *first, *stop, *core_first, *core_stop;
    double *lines; /* (5, responses, anchors) total, mean_x, mean_y, spread, product */
    int64_t points, responses, anchors;
} Fits;

/* Distances v of n points from `at`, and their kernel, (1 - |v/h|^3)^3 or 0 beyond h. */
VARIANTS static void tricube(const double *restrict x, int64_t n, double at, double inverse,
                             double *restrict v, double *restrict k)
{
    for (int64_t i = 0; i < n; i++) {
        v[i] = x[i] - at;
        double d = fabs(v[i] * inverse);
        double t = 1.0 - d * d * d;
        t = t > 0.0 ? t : 0.0;
        k[i] = t * t * t;
    }
}

/* Add the sums of k w (1, d, d^2, z, d z) to `sums`, d = v - mean and z = y - level. */
VARIANTS static void add_sums(const double *restrict k, const double *restrict v,
                              const double *restrict w, const double *restrict y, int64_t n,
                              double mean, double level, double *restrict sums)
{
    double s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0, s4 = 0.0;
#pragma omp simd reduction(+ : s0, s1, s2, s3, s4)
    for (int64_t i = 0; i < n; i++) {
        double kw = k[i] * w[i], d = v[i] - mean, z = y[i] - level, kd = kw * d;
        s0 += kw;
        s1 += kd;
        s2 += kd * d;
        s3 += kw * z;
        s4 += kd * z;
    }
    sums[0] += s0;
    sums[1] += s1;
    sums[2] += s2;
    sums[3] += s3;
    sums[4] += s4;
}

/* Sums around one anchor for the responses from `begin` to `end` - 1, of shape (responses, 5). */
static void sums_around(const Fits *fits, int64_t anchor, int64_t begin, int64_t end, double mean,
                        double level, double *sums)
{
    double k[CHUNK], v[CHUNK];
    double at = fits->at[anchor], h = fits->bandwidth[anchor], inverse = h > 0.0 ? 1.0 / h : 0.0;
    int64_t core_first = fits->core_first[anchor], core_stop = fits->core_stop[anchor];
    memset(sums, 0, (size_t)(end - begin) * 5 * sizeof(double));
    for (int64_t start = fits->first[anchor]; start < fits->stop[anchor]; start += CHUNK) {
        int64_t rest = fits->stop[anchor] - start, n = rest < CHUNK ? rest : CHUNK;
        tricube(fits->x + start, n, at, inverse, v, k);
        int64_t one = core_first > start ? core_first : start;
        for (; one < core_stop && one < start + n; one++)
            k[one - start] = 1.0;
        for (int64_t response = begin; response < end; response++) {
            int64_t place = response * fits->points + start;
            add_sums(k, v, fits->weights + place, fits->y + place, n, mean, level,
                     sums + (response - begin) * 5);
        }
    }
}

/* Moments about the means of every response around one anchor. */
static void line_at(const Fits *fits, int64_t anchor, double *sums)
{
    int64_t part = fits->responses * fits->anchors;
    sums_around(fits, anchor, 0, fits->responses, 0.0, 0.0, sums);
    for (int64_t response = 0; response < fits->responses; response++) {
        double *s = sums + response * 5, *line = fits->lines + response * fits->anchors + anchor;
        double total = s[0], mean_x = s[1] / total, mean_y = s[3] / total;
        double spread = s[2] - s[1] * mean_x, product = s[4] - s[1] * mean_y;
        if (spread < CANCELLED * s[2] && fits->bandwidth[anchor] > 0.0) {
            sums_around(fits, anchor, response, response + 1, mean_x, mean_y, s);
            spread = s[2];
            product = s[4];
        }
        line[0] = total;
        line[part] = mean_x;
        line[2 * part] = mean_y;
        line[3 * part] = spread;
        line[4 * part] = product;
    }
}

/* Whether sizes agree and all points that the anchors name exist; if not, an error is set. */
static int is_consistent(const Fits *fits, const Arrays *arrays)
{
    int fits_all = size(arrays, 1) == fits->responses * fits->points
                   && size(arrays, 2) == size(arrays, 1)
                   && size(arrays, 9) == 5 * fits->responses * fits->anchors;
    for (int i = 4; i < 9; i++)
        fits_all = fits_all && size(arrays, i) == fits->anchors;
    for (int64_t a = 0; fits_all && a < fits->anchors; a++)
        fits_all = 0 <= fits->first[a] && fits->first[a] <= fits->stop[a]
                   && fits->stop[a] <= fits->points;
    if (!fits_all)
        PyErr_SetString(PyExc_ValueError, "arrays of different sizes, or points beyond the last");
    return fits_all;
}

PyDoc_STRVAR(local_lines_doc,
"local_lines(x, y, weights, at, bandwidth, first, stop, core_first, core_stop, lines)\n--\n\n"
"Write weighted moments around every anchor to `lines`, of shape (5, responses, anchors).\n\n"
"`y` and `weights` are of shape (responses, points). The points from `first` to `stop` - 1 enter\n"
"with their tricube kernel, those from `core_first` to `core_stop` - 1 with kernel one.");

static PyObject *local_lines(PyObject *module, PyObject *args)
{
    (void)module;
    Arrays arrays;
    if (take(args, "dddddqqqqw", &arrays) < 0)
        return NULL;
    const Py_buffer *view = arrays.view;
    Py_ssize_t points = size(&arrays, 0);
    Fits fits = {view[0].buf, view[1].buf, view[2].buf, view[3].buf, view[4].buf,
                 view[5].buf, view[6].buf, view[7].buf, view[8].buf, view[9].buf,
                 points, points ? size(&arrays, 1) / points : 0, size(&arrays, 3)};
    double *sums = NULL;
    int failed = !is_consistent(&fits, &arrays);
    if (!failed) {
        sums = PyMem_Malloc((size_t)(fits.responses * 5 + 1) * sizeof(double));
        failed = sums == NULL;
        if (failed)
            PyErr_NoMemory();
    }
    for (int64_t anchor = 0; !failed && anchor < fits.anchors;) {
        Py_BEGIN_ALLOW_THREADS
        for (int64_t done = 0; anchor < fits.anchors && done < BETWEEN_SIGNALS; anchor++) {
            line_at(&fits, anchor, sums);
            done += (fits.stop[anchor] - fits.first[anchor] + 1) * fits.responses;
        }
        Py_END_ALLOW_THREADS
        failed = PyErr_CheckSignals() < 0;
    }
    PyMem_Free(sums);
    release(&arrays);
    return failed ? NULL : Py_NewRef(Py_None);
}

/* ---- Module --------------------------------------------------------------------------------- */

static PyMethodDef methods[] = {
    {"local_lines", local_lines, METH_VARARGS, local_lines_doc},
    {NULL, NULL, 0, NULL},
};

static int add_constants(PyObject *module)
{
    return PyModule_AddIntConstant(module, "INTERFACE", INTERFACE);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)add_constants},
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "pylimma_kernels", "Compiled loops of pylimma.", 0, methods, slots,
    NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit_pylimma_kernels(void)
{
    return PyModuleDef_Init(&definition);
}
