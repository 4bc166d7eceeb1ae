import { type Access, type HttpBinding, type Operation, operations } from '@millrace/contracts';

/** An operation that has a route. */
export type HttpOperation = Operation & { readonly http: HttpBinding };

/** Every operation that has a route, as the catalogue declares them. */
export const httpOperations: readonly HttpOperation[] = [...operations.values()].filter(
  (one): one is HttpOperation => one.http !== undefined,
);

/** The paths of an operation, without the trailing slash that each may have. */
export function pathsOf({ http }: HttpOperation): string[] {
  const trimmed = [http.path, ...(http.aliases ?? [])].map((path) => path.replace(/(?<=.)\/$/, ''));
  return [...new Set(trimmed)];
}

/** The fields of the input that the path holds. */
export function pathFieldsOf({ http }: HttpOperation): string[] {
  return [...http.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
}

/** Whether an operation is about the person who calls it, so that a session matters. */
export function concernsUser(access: Access): boolean {
  if (access.kind === 'any') return access.of.some(concernsUser);
  return access.kind !== 'public' && access.kind !== 'service';
}
