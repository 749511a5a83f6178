<?php
// Configuration of the WordPress sites of the tests: everything that differs comes from the environment.
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:' . getenv('CMS_SOCKET'));
define('DB_CHARSET', 'utf8mb4');
define('WP_HOME', getenv('CMS_URL'));
define('WP_SITEURL', getenv('CMS_URL'));
define('UPLOADS', getenv('CMS_UPLOADS'));
define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('WP_DEBUG', false);
define('AUTH_KEY', 'tests');
define('SECURE_AUTH_KEY', 'tests');
define('LOGGED_IN_KEY', 'tests');
define('NONCE_KEY', 'tests');
define('AUTH_SALT', 'tests');
define('SECURE_AUTH_SALT', 'tests');
define('LOGGED_IN_SALT', 'tests');
define('NONCE_SALT', 'tests');
$table_prefix = getenv('CMS_PREFIX');
if (!defined('ABSPATH')) {
    define('ABSPATH', __DIR__ . '/');
}
require_once ABSPATH . 'wp-settings.php';
