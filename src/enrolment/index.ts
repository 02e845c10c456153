/** What follows the approval of a shop: its device, number, key and certificate, and what it still has to do until it is paid. */
export { actOnDevice, type DeviceRequest } from './acts.ts';
export { CHECKLIST, checklistOf, checklistOfMerchant, type ChecklistCode, type ChecklistItem } from './checklist.ts';
export { DEVICE_FAULTS, DEVICE_STATES } from './device.ts';
export { followApprovals } from './follow.ts';
export { listDevices, readDevice, type Device } from './store.ts';
