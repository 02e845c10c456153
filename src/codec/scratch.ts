/** Frames are put together here and copied out. One at a time: nothing that writes here waits for anything. */
export const ROOM = 65_536;
export const scratch = Buffer.alloc(ROOM);
