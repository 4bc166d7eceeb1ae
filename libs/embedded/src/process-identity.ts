import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Index of `starttime` among the fields of /proc/<pid>/stat that follow the command's name; see proc(5). */
const START_TIME_FIELD = 19;
/** Index of `state` among the same fields. */
const STATE_FIELD = 0;

/**
 * A text that names one process for ever, or undefined when no such process lives: process ids are reused, so a
 * recorded id alone would one day stop somebody else's process. A zombie counts as gone.
 */
export function processIdentity(pid: number): string | undefined {
  return process.platform === 'linux' ? identityFromProc(pid) : identityFromPs(pid);
}

function identityFromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name stands in parentheses and may hold any character, so the fields start after the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[STATE_FIELD] === 'Z' || fields[STATE_FIELD] === 'X') return undefined;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${fields[START_TIME_FIELD]}`;
  } catch {
    return undefined;
  }
}

function identityFromPs(pid: number): string | undefined {
  try {
    const [state, ...started] = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .trim()
      .split(/\s+/);
    return state && !state.startsWith('Z') ? started.join(' ') : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the process that was recorded as (`pid`, `identity`) still lives. */
export function isSameProcess(pid: number | undefined, identity: string | undefined): boolean {
  return pid !== undefined && identity !== undefined && processIdentity(pid) === identity;
}
