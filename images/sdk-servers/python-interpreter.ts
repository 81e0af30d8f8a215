import { run } from '../command.ts';
import { ImageError } from '../image-error.ts';
import { checkToolVersion, type NeededTool } from './tool-version.ts';

/** This host's Python, as it says itself. */
export interface PythonInterpreter {
  /** `3.11` */
  readonly series: string;
  /** Version, build and compiler: two Pythons that differ in it may need other packages. */
  readonly build: string;
  /** The binary itself, with all links followed, and not the one of a virtual environment. */
  readonly executable: string;
  /** The directory of the standard library. */
  readonly standardLibrary: string;
  /** The standard library's directory below the prefix: `lib`, on Fedora `lib64`. */
  readonly libraryDir: string;
}

const python: NeededTool = {
  name: 'Python',
  atLeast: '3.10',
  fix: 'install python3 and its pip (on Debian: apt-get install python3 python3-pip) to build the sdk-python images',
};

/** Printed as JSON, so that no path can be misread. `sys._base_executable` is the binary that a virtual environment is of. */
const question = `
import json, os, sys, sysconfig
print(json.dumps({
    "implementation": sys.implementation.name,
    "series": "%d.%d" % sys.version_info[:2],
    "build": sys.version,
    "executable": os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable),
    "standardLibrary": os.path.realpath(sysconfig.get_path("platstdlib", vars={"platbase": sys.base_exec_prefix})),
    "libraryDir": sys.platlibdir,
}))`;

/**
 * Asks `python3` on PATH what it is and where it has its parts: a pyenv's, a distribution's, or that of a virtual environment.
 *
 * @throws ImageError `ToolMissing` without one that will do
 */
export async function pythonInterpreter(signal: AbortSignal | undefined): Promise<PythonInterpreter> {
  // -I: neither the user's packages nor PYTHON… variables.
  return parsePython(await run('python3', ['-I', '-c', question], { signal, whenMissing: python.fix }));
}

/**
 * Reads Python's answer.
 *
 * @param text one JSON object
 * @throws ImageError `ToolMissing` for another implementation or an old version, `ToolFailed` for anything else
 */
export function parsePython(text: string): PythonInterpreter {
  const answer = objectIn(text);
  const said = (key: string): string => {
    const value = answer[key];
    if (typeof value === 'string' && value !== '') return value;
    throw new ImageError('ToolFailed', `python3 does not say its ${key}: ${JSON.stringify(text)}`);
  };
  if (said('implementation') !== 'cpython') {
    throw new ImageError('ToolMissing', `CPython is needed, python3 is ${said('implementation')}: ${python.fix}`);
  }
  checkToolVersion(python, said('series'));
  return {
    series: said('series'),
    build: said('build'),
    executable: said('executable'),
    standardLibrary: said('standardLibrary'),
    libraryDir: said('libraryDir'),
  };
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) return Object.fromEntries(Object.entries(parsed));
  } catch (thrown) {
    throw new ImageError('ToolFailed', `python3 answered what is not JSON: ${JSON.stringify(text)}`, { cause: thrown });
  }
  throw new ImageError('ToolFailed', `python3 answered what is not an object: ${JSON.stringify(text)}`);
}
