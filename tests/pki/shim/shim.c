/* A PKCS#11 module that misbehaves on purpose, in front of a real one.
 *
 *   SHIM_MODULE     path of the real module
 *   SHIM_ORDER      path of a file; what stands in it is done at the next call it fits, for as long as it stands there.
 *                   "once NAME" takes the file away when NAME is done. Names: see `ordered` below.
 *   SHIM_LOGINS     path of a file that gets a line for each C_Login
 *   SHIM_NO_LOCKING the module refuses CKF_OS_LOCKING_OK, and aborts if two threads are in C_Sign together
 *   SHIM_SESSIONS   C_OpenSession answers CKR_SESSION_COUNT beyond so many
 *   SHIM_LEAK       the module aborts beyond so many sessions
 *   SHIM_FLAGS      more flags of CK_TOKEN_INFO
 *   SHIM_COMPRESSED certificates come in a form that nobody can read
 *
 * A search by CKA_LABEL finds nothing, as with drivers that cannot match labels.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long ulong_t;
typedef struct { ulong_t type; void *value; ulong_t length; } attribute;
typedef struct { unsigned char version[2]; void *functions[68]; } function_list;
typedef struct { void *mutexes[4]; ulong_t flags; void *reserved; } initialize_arguments;

enum { INITIALIZE = 0, LIST = 3, SLOTS = 4, TOKEN_INFO = 6, OPEN = 12, CLOSE = 13, LOGIN = 18, ATTRIBUTES = 24,
       FIND = 26, SIGN = 43 };
enum { OK = 0, GENERAL_ERROR = 5, FUNCTION_FAILED = 6, CANT_LOCK = 0xA, DEVICE_REMOVED = 0x32,
       KEY_FUNCTION_NOT_PERMITTED = 0x68, SESSION_COUNT = 0xB1, SESSION_HANDLE_INVALID = 0xB3,
       USER_NOT_LOGGED_IN = 0x101 };

static function_list *real, ours;
static atomic_int open_sessions, inside;

#define REAL(place, ...) ((ulong_t (*)(__VA_ARGS__))real->functions[place])

static int number(const char *name) { const char *value = getenv(name); return value ? (int)strtol(value, NULL, 0) : 0; }

/* Whether the order file says `name` now. */
static int ordered(const char *name)
{
    char line[64] = "";
    const char *path = getenv("SHIM_ORDER");
    FILE *file = path ? fopen(path, "r") : NULL;
    if (!file) return 0;
    char *said = fgets(line, sizeof line, file);
    fclose(file);
    if (!said) return 0;
    line[strcspn(line, "\n")] = 0;
    if (strncmp(line, "once ", 5) == 0) return strcmp(line + 5, name) == 0 && unlink(path) == 0;
    return strcmp(line, name) == 0;
}

static void hang(void) { for (;;) pause(); }

static ulong_t initialize(initialize_arguments *arguments)
{
    if (ordered("hang at start")) hang();
    if (getenv("SHIM_NO_LOCKING") && arguments && arguments->flags) return CANT_LOCK;
    return REAL(INITIALIZE, void *)(arguments);
}

static ulong_t slots(unsigned char present, ulong_t *list, ulong_t *count)
{
    if (ordered("removed")) { *count = 0; return OK; }
    return REAL(SLOTS, unsigned char, ulong_t *, ulong_t *)(present, list, count);
}

static ulong_t token_info(ulong_t slot, unsigned char *info)
{
    ulong_t code = REAL(TOKEN_INFO, ulong_t, void *)(slot, info);
    if (code == OK) *(ulong_t *)(info + 96) |= (ulong_t)number("SHIM_FLAGS"); /* label 32, manufacturer 32, model 16, serial 16 */
    return code;
}

static ulong_t open_session(ulong_t slot, ulong_t flags, void *a, void *b, ulong_t *session)
{
    if (ordered("busy at open")) return GENERAL_ERROR;
    if (number("SHIM_SESSIONS") && atomic_load(&open_sessions) >= number("SHIM_SESSIONS")) return SESSION_COUNT;
    ulong_t code = REAL(OPEN, ulong_t, ulong_t, void *, void *, ulong_t *)(slot, flags, a, b, session);
    if (code == OK && atomic_fetch_add(&open_sessions, 1) >= number("SHIM_LEAK") && number("SHIM_LEAK")) abort();
    return code;
}

static ulong_t close_session(ulong_t session)
{
    ulong_t code = REAL(CLOSE, ulong_t)(session);
    if (code == OK) atomic_fetch_sub(&open_sessions, 1);
    return code;
}

static ulong_t login(ulong_t session, ulong_t user, char *pin, ulong_t length)
{
    const char *path = getenv("SHIM_LOGINS");
    FILE *file = path ? fopen(path, "a") : NULL;
    if (file) { fputs("login\n", file); fclose(file); }
    if (ordered("hang at login")) hang();
    return REAL(LOGIN, ulong_t, ulong_t, char *, ulong_t)(session, user, pin, length);
}

static ulong_t attributes(ulong_t session, ulong_t object, attribute *template, ulong_t count)
{
    ulong_t code = REAL(ATTRIBUTES, ulong_t, ulong_t, attribute *, ulong_t)(session, object, template, count);
    for (ulong_t i = 0; code == OK && getenv("SHIM_COMPRESSED") && i < count; i++)
        if (template[i].type == 0x11 && template[i].value) *(unsigned char *)template[i].value = 0x78;
    return code;
}

static ulong_t find(ulong_t session, attribute *template, ulong_t count)
{
    static ulong_t nothing = 0x7fffffff;
    attribute none = { 0, &nothing, sizeof nothing };
    for (ulong_t i = 0; i < count; i++)
        if (template[i].type == 3) return REAL(FIND, ulong_t, attribute *, ulong_t)(session, &none, 1);
    return REAL(FIND, ulong_t, attribute *, ulong_t)(session, template, count);
}

static ulong_t sign(ulong_t session, unsigned char *data, ulong_t length, unsigned char *out, ulong_t *room)
{
    if (ordered("hang")) hang();
    if (ordered("crash")) abort();
    if (ordered("drop")) { close_session(session); return SESSION_HANDLE_INVALID; }
    if (ordered("removed")) return DEVICE_REMOVED;
    if (ordered("logged out")) return USER_NOT_LOGGED_IN;
    if (ordered("general error")) return GENERAL_ERROR;
    if (ordered("failed")) return FUNCTION_FAILED;
    if (ordered("spent")) return KEY_FUNCTION_NOT_PERMITTED;
    if (atomic_fetch_add(&inside, 1) && getenv("SHIM_NO_LOCKING")) abort();
    ulong_t code = REAL(SIGN, ulong_t, void *, ulong_t, void *, ulong_t *)(session, data, length, out, room);
    atomic_fetch_sub(&inside, 1);
    if (ordered("short")) *room -= 1;
    if (ordered("long")) *room = 1ul << 40;
    if (ordered("empty")) *room = 0;
    if (ordered("noise")) out[*room / 2] ^= 1;
    return code;
}

ulong_t C_GetFunctionList(function_list **list)
{
    const char *path = getenv("SHIM_MODULE");
    void *module = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    ulong_t (*get)(function_list **) = module ? (ulong_t (*)(function_list **))dlsym(module, "C_GetFunctionList") : NULL;
    if (!get || get(&real) != OK) return GENERAL_ERROR;
    ours = *real;
    ours.functions[INITIALIZE] = (void *)initialize;
    ours.functions[LIST] = (void *)C_GetFunctionList;
    ours.functions[SLOTS] = (void *)slots;
    ours.functions[TOKEN_INFO] = (void *)token_info;
    ours.functions[OPEN] = (void *)open_session;
    ours.functions[CLOSE] = (void *)close_session;
    ours.functions[LOGIN] = (void *)login;
    ours.functions[ATTRIBUTES] = (void *)attributes;
    ours.functions[FIND] = (void *)find;
    ours.functions[SIGN] = (void *)sign;
    *list = &ours;
    return OK;
}
