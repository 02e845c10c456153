export { readDeviceSettings, type DeviceSettings } from './settings.ts';
