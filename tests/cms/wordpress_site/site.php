<?php
// An editor's and administrator's work on one site, as JSON on standard input; answers with JSON.
$request = json_decode(stream_get_contents(STDIN), true);
$_SERVER['HTTP_HOST'] = parse_url(getenv('CMS_URL'), PHP_URL_HOST) . ':' . parse_url(getenv('CMS_URL'), PHP_URL_PORT);
$_SERVER['REQUEST_URI'] = '/';
if ($request['command'] === 'install') {
    define('WP_INSTALLING', true);
    // No e-mail is sent about the new site.
    function wp_new_blog_notification() {}
}
require getenv('CMS_ROOT') . '/wp-load.php';

function install($request) {
    require_once ABSPATH . 'wp-admin/includes/upgrade.php';
    wp_install($request['name'], 'bientap', 'bientap@example.org', true, '', 'tests');
    foreach ([1, 2, 3] as $example) {
        wp_delete_post($example, true);
    }
    wp_update_user(['ID' => 1, 'display_name' => $request['editors'], 'nickname' => $request['editors']]);
    update_option('timezone_string', 'Asia/Ho_Chi_Minh');
    update_option('date_format', $request['date_format']);
    update_option('posts_per_page', 8);
    update_option('posts_per_rss', 12);
    update_option('blogdescription', 'Tin tức và thông báo của phường');
    switch_theme($request['theme']);
    $about = wp_insert_post(['post_type' => 'page', 'post_status' => 'publish', 'post_title' => $request['about_title'],
        'post_name' => 'gioi-thieu', 'post_author' => 1,
        'post_content' => '<p>' . implode("</p>\n<p>", $request['about']) . '</p>']);
    $menu = wp_create_nav_menu('Trình đơn chính');
    $items = [['page', $about, 'post_type']];
    foreach ($request['sections'] as $section) {
        $term = wp_insert_term($section, 'category');
        $items[] = ['category', $term['term_id'], 'taxonomy'];
    }
    foreach ($items as [$object, $id, $type]) {
        wp_update_nav_menu_item($menu, 0, ['menu-item-object' => $object, 'menu-item-object-id' => $id,
            'menu-item-type' => $type, 'menu-item-status' => 'publish']);
    }
    set_theme_mod('nav_menu_locations', ['primary' => $menu]);
    global $wp_rewrite;
    $wp_rewrite->init();
    $wp_rewrite->set_permalink_structure($request['permalinks']);
    $wp_rewrite->flush_rules(false);
    return $about;
}

function category($name) {
    return get_term_by('name', $name, 'category')->term_id;
}

function publish($post) {
    $states = ['published' => 'publish', 'protected' => 'publish', 'draft' => 'draft', 'scheduled' => 'future'];
    $id = wp_insert_post(wp_slash([
        'post_author' => 1, 'post_title' => $post['title'], 'post_name' => $post['slug'],
        'post_content' => $post['content'], 'post_status' => $states[$post['status']],
        'post_date' => $post['date'], 'post_password' => $post['status'] === 'protected' ? 'sen' : '',
        'post_category' => [category($post['section'])], 'tags_input' => $post['tags'],
    ]), true);
    if (is_wp_error($id)) {
        fwrite(STDERR, $id->get_error_message());
        exit(1);
    }
    foreach ($post['comments'] as $number => $comment) {
        wp_insert_comment(['comment_post_ID' => $id, 'comment_author' => 'Bạn đọc', 'comment_content' => $comment,
            'comment_approved' => 1, 'comment_author_email' => "bandoc$number@example.org"]);
    }
    return $id;
}

function change($change) {
    $id = $change['id'];
    if (isset($change['content'])) {
        wp_update_post(wp_slash(['ID' => $id, 'post_content' => $change['content']]));
    }
    if (isset($change['slug'])) {
        wp_update_post(['ID' => $id, 'post_name' => $change['slug']]);
    }
    if (isset($change['section'])) {
        wp_set_post_categories($id, [category($change['section'])]);
    }
    if (!empty($change['removed'])) {
        wp_trash_post($id);
    }
}

function names($id, $taxonomy) {
    return wp_list_pluck(get_the_terms($id, $taxonomy) ?: [], 'name');
}

function stored() {
    $found = get_posts(['numberposts' => -1, 'post_type' => 'post', 'post_status' => 'any']);
    return array_map(fn($post) => [
        // Of a protected post readers see the title, after a word that says so.
        'id' => $post->ID, 'title' => $post->post_password ? html_entity_decode(get_the_title($post)) : $post->post_title,
        'url' => get_permalink($post), 'status' => $post->post_status,
        'published_at' => get_post_datetime($post)->format(DATE_ATOM), 'section' => names($post->ID, 'category')[0],
        'tags' => names($post->ID, 'post_tag'),
        'content' => $post->post_password ? '' : $post->post_content,
    ], $found);
}

wp_set_current_user(1);
$answer = match ($request['command']) {
    'install' => install($request),
    'publish' => array_map('publish', $request['posts']),
    'change' => array_map('change', $request['changes']),
    'stored' => stored(),
};
echo json_encode($answer);
