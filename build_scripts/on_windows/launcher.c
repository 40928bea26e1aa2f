/* python.exe: start the Python whose DLL is in the folder of this program, or, in a virtual
 * environment, in the folder that "home" in pyvenv.cfg names. */
#include <stdio.h>
#include <wchar.h>
#include <windows.h>

#define LONGEST 32768

static wchar_t folder[LONGEST], dll[LONGEST], line[LONGEST];

static int leave(wchar_t *path) {
    wchar_t *end = wcsrchr(path, L'\\');
    if (end) *end = 0;
    return end != NULL;
}

static void look_for_home(void) {
    for (int up = 0; up < 2; up++) {
        swprintf(dll, LONGEST, L"%ls%ls\\pyvenv.cfg", folder, up ? L"\\.." : L"");
        FILE *settings = _wfopen(dll, L"rt, ccs=UTF-8");
        if (!settings) continue;
        while (fgetws(line, LONGEST, settings))
            if (swscanf(line, L"home = %32767l[^\r\n]", folder) == 1) break;
        fclose(settings);
        return;
    }
}

int wmain(int argc, wchar_t **argv) {
    GetModuleFileNameW(NULL, folder, LONGEST);
    leave(folder);
    look_for_home();
    swprintf(dll, LONGEST, L"%ls\\" LIBRARY, folder);
    HMODULE python = LoadLibraryExW(dll, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    int (*run)(int, wchar_t **) = python ? (void *)GetProcAddress(python, "Py_Main") : NULL;
    if (!run) {
        fwprintf(stderr, L"error: cannot load \"%ls\": Windows error %lu\n", dll, GetLastError());
        return 103;
    }
    return run(argc, argv);
}
