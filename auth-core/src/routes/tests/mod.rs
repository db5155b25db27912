//! The routes of providers, driven by a browser and answered by providers that are played.

mod accounts;
mod browser;
mod login;
mod logout;
mod own_users;
mod paths;
mod presets;
mod sign_up;
mod step_up;
mod table;
mod unlinking;
