/* Scores and sums as text and back, the way a Redis server reads and writes them. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

/* Numbers of more bytes than the server allows for a long double are none. */
#define LONGEST_NUMBER (5 * 1024)

/* The text ended by a NUL, in `buffer` when it fits; NULL without memory. What is not `buffer` is to be freed. */
static char *copy_text(plua_slice text, char *buffer, size_t size) {
    char *copy = text.length < size ? buffer : malloc(text.length + 1);
    if (copy == NULL) return NULL;
    if (text.length > 0) memcpy(copy, text.data, text.length);
    copy[text.length] = '\0';
    return copy;
}

size_t plua_write_double(double value, char *buffer) {
    return plua_format_number(value, buffer, 17);
}

int plua_read_double(plua_slice text, double *value) {
    if (text.length == 0 || isspace((unsigned char)text.data[0])) return 0;
    char buffer[64], *end;
    char *copy = copy_text(text, buffer, sizeof buffer);
    if (copy == NULL) return 0;
    errno = 0;
    *value = strtod(copy, &end);
    int all = (size_t)(end - copy) == text.length;
    if (copy != buffer) free(copy);
    return all && !(errno == ERANGE && (isinf(*value) || *value == 0)) && !isnan(*value);
}

int plua_read_bound(plua_slice text, double *value) {
    char buffer[64], *end;
    char *copy = copy_text(text, buffer, sizeof buffer);
    if (copy == NULL) return 0;
    *value = strtod(copy, &end);
    int all = *end == '\0';
    if (copy != buffer) free(copy);
    return all && !isnan(*value);
}

int plua_read_weight(plua_slice text, double *value) {
    errno = 0;
    return plua_read_bound(text, value) && errno != ERANGE;
}

static int read_long_double(plua_slice text, long double *value) {
    if (text.length == 0 || text.length >= LONGEST_NUMBER || isspace((unsigned char)text.data[0])) return 0;
    char buffer[LONGEST_NUMBER], *end;
    memcpy(buffer, text.data, text.length);
    buffer[text.length] = '\0';
    errno = 0;
    *value = strtold(buffer, &end);
    return (size_t)(end - buffer) == text.length &&
           !(errno == ERANGE && (isinf(*value) || *value == 0)) && !isnan(*value);
}

int plua_read_milliseconds(plua_slice text, int64_t *value) {
    long double seconds;
    if (!read_long_double(text, &seconds)) return 0;
    long double milliseconds = ceill(seconds * 1000);
    /* 2^63, which is the first that does not fit. */
    int fits = milliseconds >= -0x1p63L && milliseconds < 0x1p63L;
    *value = fits ? (int64_t)milliseconds : INT64_MIN;
    return 1;
}

/* The length without zeros at the end of the fraction. */
static size_t trim_zeros(char *buffer, size_t count) {
    while (count > 0 && buffer[count - 1] == '0') count--;
    if (count > 0 && buffer[count - 1] == '.') count--;
    if (count == 2 && buffer[0] == '-' && buffer[1] == '0') {
        buffer[0] = '0';
        count = 1;
    }
    return count;
}

plua_sum plua_add(plua_slice first, plua_slice second, char *buffer, size_t *length) {
    long double a, b;
    *length = 0;
    if (!read_long_double(first, &a)) return PLUA_SUM_FIRST;
    if (!read_long_double(second, &b)) return PLUA_SUM_SECOND;
    long double sum = a + b;
    if (isnan(sum) || isinf(sum)) return PLUA_SUM_OUT_OF_RANGE;
    int written = snprintf(buffer, PLUA_SUM_SIZE, "%.17Lf", sum);
    if (written <= 0 || written >= PLUA_SUM_SIZE) return PLUA_SUM_OUT_OF_RANGE;
    *length = trim_zeros(buffer, (size_t)written);
    return PLUA_SUM_OK;
}

size_t plua_write_fixed(double value, int digits, int trims, char *buffer) {
    int written = snprintf(buffer, PLUA_FIXED_SIZE, "%.*f", digits, value);
    if (written <= 0 || written >= PLUA_FIXED_SIZE) return 0;
    return trims ? trim_zeros(buffer, (size_t)written) : (size_t)written;
}
