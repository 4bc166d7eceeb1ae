import type pg from 'pg';
import { sqlState } from '../translate-error.js';

/** Something of that name came into being between our look and our CREATE: fine, it is then used as it is. */
const ALREADY_THERE = new Set(['42P06', '42P07', '42710', '23505']);

/** Runs a CREATE that loses a race to another one of the same name without harm. */
export async function tolerant(client: pg.ClientBase, statement: string): Promise<void> {
  try {
    await client.query(statement);
  } catch (error) {
    const state = sqlState(error);
    if (!state || !ALREADY_THERE.has(state)) throw error;
  }
}
