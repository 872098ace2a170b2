/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * attr: compiler attributes under names that say what they promise.
 */
#ifndef SJ_PROTOCOL_BASE_ATTR_H
#define SJ_PROTOCOL_BASE_ATTR_H

/* The caller has to look at the result. */
#define SJ_MUST_USE __attribute__((warn_unused_result))

/* Argument fmt is a printf format for the arguments from first on. */
#define SJ_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))

/* The function does not return. */
#define SJ_NORETURN __attribute__((noreturn))

/* Number of elements of a true array. */
#define SJ_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif /* SJ_PROTOCOL_BASE_ATTR_H */
